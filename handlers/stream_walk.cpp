#include "handlers/stream_walk.hpp"

#include <algorithm>

namespace throughline {

namespace {

constexpr std::int64_t events_at_once = 500;

} // namespace

void walk_stream(EventStore& store, const Uuid& tenant, const StreamKey& stream, std::int64_t after,
                 std::int64_t up_to, const std::function<void(const StoredEvent&)>& visit) {
    while (after < up_to) {
        const std::int64_t end = std::min(after + events_at_once, up_to);
        for (const StoredEvent& event : store.stream(tenant, stream, after, end)) visit(event);
        after = end;
    }
}

} // namespace throughline
