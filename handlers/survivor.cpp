#include "handlers/survivor.hpp"

#include "domain/record/state_members.hpp"

#include <array>

namespace throughline {

std::optional<Uuid> merged_into(const StreamHead& head) {
    if (!head.archived) return std::nullopt;
    const std::string_view value = StateMembers(head.state).value("merged_into");
    return value.size() < 2 ? std::nullopt : parse_uuid(value.substr(1, value.size() - 2));
}

std::optional<StoredEvent> merge_of(EventStore& store, const Uuid& tenant, const StreamHead& head) {
    for (std::int64_t version = merged_into(head) ? head.version : 0; version > 0; --version)
        for (const StoredEvent& event : store.stream(tenant, head.stream, version - 1, version))
            if (event.type.ends_with(".merged_into")) return event;
    return std::nullopt;
}

/// Nobody is merged into a merged record, so this ends.
StreamHead survivor_of(EventStore& store, const Uuid& tenant, StreamHead head) {
    while (const auto into = merged_into(head)) {
        const std::array keys{StreamKey{head.stream.kind, *into}};
        head = store.heads(tenant, keys).front();
    }
    return head;
}

Survivors survivors_of(EventStore& store, const Uuid& tenant, std::span<const StreamKey> records) {
    Survivors survivors;
    if (records.empty()) return survivors;
    for (const StreamHead& head : store.heads(tenant, records))
        if (merged_into(head))
            survivors.emplace(head.stream, survivor_of(store, tenant, head).stream.id);
    return survivors;
}

} // namespace throughline
