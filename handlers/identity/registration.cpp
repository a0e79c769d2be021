#include "handlers/identity/registration.hpp"

#include "bus/ids.hpp"
#include "domain/identity/streams.hpp"
#include "domain/identity/tenant.hpp"
#include "domain/identity/user.hpp"
#include "handlers/identity/reservations.hpp"
#include "handlers/references.hpp"

namespace throughline {

namespace {

StreamWrite created(const Uuid& tenant, const Kind& kind, const Uuid& id, const JsonObject& values,
                    Time at) {
    Record record;
    return to_write(tenant, kind, id, record, decide_create(kind, values, id), at);
}

} // namespace

Command founding_command(const Registration& registration, const std::string& slug,
                         const Founding& ids) {
    const std::string tenant = to_string(ids.tenant);
    const std::string user = to_string(ids.user);
    Command command;
    command.id = ids.command;
    command.tenant = ids.tenant;
    command.status = 201;
    command.time = ids.at;
    command.origin.actor_id = ids.user;
    command.origin.actor_type = "user";
    command.origin.channel = "user";
    command.origin.correlation_id = ids.command;
    command.origin.traceparent = ids.traceparent;
    command.writes.push_back(created(ids.tenant, tenant_kind(), ids.tenant,
                                     {{"name", registration.tenant_name}, {"slug", slug}}, ids.at));
    command.writes.push_back(created(
        ids.tenant, user_kind(), ids.user,
        {{"name", registration.name}, {"email", registration.email}, {"role", "owner"}}, ids.at));
    command.writes.push_back(
        reservation(login_stream(registration.email), 0, "login.reserved", {{"user_id", user}}));
    command.writes.push_back(
        reservation(slug_stream(slug), 0, "slug.reserved", {{"tenant_id", tenant}}));
    command.writes.push_back(reservation(account_stream(ids.user), 0, "account.created",
                                         {{"tenants", JsonArray{tenant}}}));
    return command;
}

} // namespace throughline
