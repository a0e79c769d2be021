#include "api/routes/analytics.hpp"

#include "api/openapi.hpp"
#include "api/routes/parameters.hpp"
#include "domain/schema_words.hpp"
#include "projections/cursor.hpp"

#include <algorithm>

namespace throughline {

namespace {

JsonObject event_json(const AnalyticsEvent& shown) {
    const auto& subject = shown.subject;
    return {{"id", to_string(shown.id)},
            {"event", shown.event},
            {"properties", shown.properties},
            {"rule_id", to_string(shown.rule)},
            {"subject", subject ? Json(subject->kind + '/' + to_string(subject->id)) : Json()},
            {"created_at", to_rfc3339(shown.created_at)}};
}

Result<Response> list(Analytics& analytics, const Request& request) {
    const auto from = read_moment(request, "from", false);
    if (!from) return from.error();
    const auto to = read_moment(request, "to", true);
    if (!to) return to.error();
    Analytics::Page wanted;
    if (const auto event = request.parameter("event")) wanted.event = std::string(*event);
    const std::string scope = "analytics " + wanted.event.value_or("");
    const auto page = read_page(request, scope, 2);
    if (!page) return page.error();
    wanted.from = from->value_or(wanted.from);
    wanted.to = to->value_or(wanted.to);
    wanted.limit = page->limit + 1;
    if (!page->after.empty()) {
        const Time at{std::chrono::microseconds(page->after[0])};
        if (at < Time{} || at > Analytics::Page().to) return invalid_cursor();
        wanted.before = {at, page->after[1]};
    }
    auto found = analytics.list(request.principal->tenant_id, wanted);
    std::vector<std::int64_t> next;
    if (found.size() > page->limit) {
        found.resize(page->limit);
        next = {found.back().created_at.time_since_epoch().count(), found.back().number};
    }
    JsonArray items;
    for (const AnalyticsEvent& each : found) items.emplace_back(event_json(each));
    return page_response(*page, std::move(items), scope, next, total_of(request, [&] {
        return analytics.count(request.principal->tenant_id, wanted, most_counted + 1);
    }));
}

} // namespace

Routes analytics_routes(Analytics& analytics) {
    Route route;
    route.method = "GET";
    route.path = "/analytics/events";
    route.summary = "What rules have tracked";
    route.tag = "automations";
    route.permission = Permission::usage_read;
    route.query = page_parameters();
    route.query.push_back(
        {"event", JsonObject{{"type", "string"}, {"minLength", 1}}, "Only those of this name."});
    route.query.push_back({"from", moment_schema(), "From this time or day on."});
    route.query.push_back({"to", moment_schema(), "Before this time, or to the end of this day."});
    route.answers = {{200, "The newest first.", "AnalyticsEventList"}};
    route.handler = [&analytics](const Request& request) { return list(analytics, request); };
    return {std::move(route)};
}

JsonObject analytics_components() {
    return {{"AnalyticsEvent",
             JsonObject{{"type", "object"},
                        {"required", JsonArray{"id", "event", "properties", "rule_id", "subject",
                                               "created_at"}},
                        {"properties", JsonObject{{"id", formatted("uuid")},
                                                  {"event", typed("string")},
                                                  {"properties", typed("object")},
                                                  {"rule_id", formatted("uuid")},
                                                  {"subject", nullable("string")},
                                                  {"created_at", formatted("date-time")}}}}},
            {"AnalyticsEventList", list_schema("AnalyticsEvent")}};
}

} // namespace throughline
