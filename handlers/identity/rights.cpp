#include "handlers/identity/rights.hpp"

#include <array>

namespace throughline {

Caller rights_of_member(EventStore& store, const Uuid& tenant, const Uuid& user) {
    const std::array keys{StreamKey{"tenant", tenant}, StreamKey{"user", user}};
    const auto heads = store.heads(tenant, keys);
    for (const StreamHead& head : heads)
        if (head.version == 0 || head.archived) return {user};
    const Json member = parse_json(heads[1].state);
    const Json* const active = member.find("active");
    if (active != nullptr && *active == Json(false)) return {user};
    return {user, level_of(member.text("role")),
            parse_json(heads[0].state).text("record_visibility") == "own"};
}

} // namespace throughline
