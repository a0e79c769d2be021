#include "handlers/survivor.hpp"

#include "domain/record/state_members.hpp"

#include <array>

namespace throughline {

std::optional<Uuid> merged_into(const StreamHead& head) {
    if (!head.archived) return std::nullopt;
    const std::string_view value = StateMembers(head.state).value("merged_into");
    return value.size() < 2 ? std::nullopt : parse_uuid(value.substr(1, value.size() - 2));
}

/// Nobody is merged into a merged record, so this ends.
StreamHead survivor_of(EventStore& store, const Uuid& tenant, StreamHead head) {
    while (const auto into = merged_into(head)) {
        const std::array keys{StreamKey{head.stream.kind, *into}};
        head = store.heads(tenant, keys).front();
    }
    return head;
}

} // namespace throughline
