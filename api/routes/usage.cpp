#include "api/routes/usage.hpp"

#include "api/routes/parameters.hpp"

#include <algorithm>
#include <map>

namespace throughline {

namespace {

constexpr auto default_span = std::chrono::days(30);

Json id_or_null(const Uuid& id) { return id.is_nil() ? Json() : Json(to_string(id)); }

using Names = std::map<Uuid, std::string>;

Names names_of(const UsageReport& report, EventStore& store, const Uuid& tenant) {
    std::vector<StreamKey> people;
    for (const auto& row : report.requests) people.push_back({"user", row.user});
    for (const auto& row : report.activity) people.push_back({"user", row.user});
    std::ranges::sort(people);
    people.erase(std::unique(people.begin(), people.end()), people.end());
    Names names;
    for (const StreamHead& head : store.heads(tenant, people)) names[head.stream.id] = head.title;
    return names;
}

Json name_or_null(const Names& names, const Uuid& id) {
    const auto found = names.find(id);
    return found == names.end() || found->second.empty() ? Json() : Json(found->second);
}

struct Sums {
    std::int64_t requests = 0;
    std::int64_t events = 0;
};

JsonArray by_user(const UsageReport& report, const Names& names) {
    std::map<Uuid, Sums> sums;
    for (const auto& row : report.requests) sums[row.user].requests += row.requests;
    for (const auto& row : report.activity) sums[row.user].events += row.events;
    JsonArray out;
    for (const auto& [user, sum] : sums)
        out.push_back(JsonObject{{"user_id", id_or_null(user)},
                                 {"name", name_or_null(names, user)},
                                 {"requests", sum.requests},
                                 {"events", sum.events}});
    return out;
}

JsonArray by_key(const UsageReport& report) {
    std::map<Uuid, Sums> sums;
    for (const auto& row : report.requests) sums[row.key].requests += row.requests;
    for (const auto& row : report.activity) sums[row.key].events += row.events;
    sums.erase(Uuid{});
    JsonArray out;
    for (const auto& [key, sum] : sums)
        out.push_back(JsonObject{
            {"key_id", to_string(key)}, {"requests", sum.requests}, {"events", sum.events}});
    return out;
}

JsonArray by_route(const UsageReport& report) {
    std::map<std::pair<std::string, std::string>, std::int64_t> sums;
    for (const auto& row : report.requests) sums[{row.route, row.method}] += row.requests;
    JsonArray out;
    for (const auto& [route, requests] : sums)
        out.push_back(
            JsonObject{{"method", route.second}, {"route", route.first}, {"requests", requests}});
    return out;
}

JsonArray activity(const UsageReport& report, const Names& names) {
    JsonArray out;
    for (const auto& row : report.activity)
        out.push_back(JsonObject{{"user_id", id_or_null(row.user)},
                                 {"name", name_or_null(names, row.user)},
                                 {"key_id", id_or_null(row.key)},
                                 {"type", row.event_type},
                                 {"events", row.events},
                                 {"last_at", to_rfc3339(row.last)}});
    return out;
}

Result<Response> show(Usage& usage, EventStore& store, const Request& request) {
    const auto span = read_span(request, default_span);
    if (!span) return span.error();
    const Uuid& tenant = request.principal->tenant_id;
    const UsageReport report = usage.report(tenant, span->begin, span->end);
    Sums sums;
    for (const auto& row : report.requests) sums.requests += row.requests;
    for (const auto& row : report.activity) sums.events += row.events;
    const Names names = names_of(report, store, tenant);
    return json_response(200, to_text(JsonObject{{"from", to_rfc3339(span->begin)},
                                                 {"to", to_rfc3339(span->end)},
                                                 {"requests", sums.requests},
                                                 {"events", sums.events},
                                                 {"by_user", by_user(report, names)},
                                                 {"by_key", by_key(report)},
                                                 {"by_route", by_route(report)},
                                                 {"activity", activity(report, names)}}));
}

} // namespace

Routes usage_routes(Usage& usage, EventStore& store) {
    Route route;
    route.method = "GET";
    route.path = "/usage";
    route.summary = "Requests and events by user, key and route, and what each user did";
    route.tag = "operations";
    route.permission = Permission::usage_read;
    route.query = {
        {"from", moment_schema(), "From this time or day on; 30 days before the end by default."},
        {"to", moment_schema(), "Before this time, or to the end of this day; now by default."}};
    route.answers = {
        {200, "Requests count by whole hours, seconds after they were made.", "Usage"}};
    route.handler = [&usage, &store](const Request& request) {
        return show(usage, store, request);
    };
    return {std::move(route)};
}

} // namespace throughline
