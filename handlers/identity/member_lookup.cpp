#include "handlers/identity/member_lookup.hpp"

#include "domain/identity/streams.hpp"

#include <array>

namespace throughline {

namespace {

std::optional<Uuid> user_with_address(EventStore& store, const std::string& address) {
    if (!looks_like_email(address)) return std::nullopt;
    const std::array login{login_stream(address)};
    const StreamHead head = store.heads({}, login).front();
    return head.version == 0 ? std::nullopt : parse_uuid(parse_json(head.state).text("user_id"));
}

} // namespace

std::optional<Uuid> find_member(EventStore& store, const Uuid& tenant,
                                const std::string& id_or_address) {
    auto id = parse_uuid(id_or_address);
    if (!id) id = user_with_address(store, id_or_address);
    if (!id) return std::nullopt;
    const std::array user{StreamKey{"user", *id}};
    const StreamHead head = store.heads(tenant, user).front();
    if (head.version == 0 || head.archived) return std::nullopt;
    const Json state = parse_json(head.state);
    const Json* const active = state.find("active");
    return active == nullptr || *active != Json(false) ? id : std::nullopt;
}

} // namespace throughline
