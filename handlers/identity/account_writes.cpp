#include "handlers/identity/account_writes.hpp"

#include "domain/identity/streams.hpp"
#include "domain/identity/user.hpp"
#include "domain/json.hpp"
#include "handlers/identity/reservations.hpp"
#include "handlers/references.hpp"

#include <algorithm>
#include <array>

namespace throughline {

AccountOfAddress account_of(EventStore& store, const std::string& email) {
    const std::array key{login_stream(email)};
    const StreamHead head = store.heads({}, key).front();
    if (!is_reserved(head)) return {std::nullopt, head.version};
    return {uuid_of(parse_json(head.state).text("user_id")), head.version};
}

Result<std::vector<StreamWrite>> joining_writes(EventStore& store, const Uuid& tenant,
                                                const std::string& email, const Uuid& user) {
    const AccountOfAddress account = account_of(store, email);
    if (account.user && *account.user != user) return taken({"email"});
    const std::array key{account_stream(user)};
    const StreamHead head = store.heads({}, key).front();
    if (head.version == 0)
        return std::vector{
            reservation(login_stream(email), account.login_version, "login.reserved",
                        {{"user_id", to_string(user)}}),
            reservation(key[0], 0, "account.created", {{"tenants", JsonArray{to_string(tenant)}}})};
    const Json state = parse_json(head.state);
    JsonArray tenants = *state.find("tenants")->array();
    if (std::ranges::find(tenants, Json(to_string(tenant))) != tenants.end())
        return std::vector<StreamWrite>{};
    tenants.emplace_back(to_string(tenant));
    return std::vector{reservation(key[0], head.version, "account.tenant_joined",
                                   {{"tenants", std::move(tenants)}})};
}

std::vector<StreamWrite> password_writes(EventStore& store, const Uuid& user,
                                         const std::string& how, Time at) {
    static const Kind kind = user_kind();
    const JsonObject data{{"how", how}};
    const std::array key{account_stream(user)};
    const StreamHead account = store.heads({}, key).front();
    std::vector<StreamWrite> writes{
        reservation(key[0], account.version, "account.password_changed", data)};
    writes.front().state = account.state;
    const Json state = parse_json(account.state);
    for (const Json& id : *state.find("tenants")->array()) {
        const Uuid tenant = uuid_of(*id.string());
        const std::array member{StreamKey{kind.name, user}};
        const StreamHead head = store.heads(tenant, member).front();
        if (head.version == 0) continue;
        Record record = record_from_state(kind, head.state, head.version, head.archived);
        writes.push_back(
            to_write(tenant, kind, user, record, {{"user.password_changed", data, {}}}, at));
    }
    return writes;
}

} // namespace throughline
