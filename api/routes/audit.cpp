#include "api/routes/audit.hpp"

#include "api/routes/audit_export.hpp"
#include "api/routes/parameters.hpp"
#include "api/routes/rows.hpp"
#include "domain/other_kinds.hpp"
#include "domain/schema_words.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <array>

namespace throughline {
namespace {

constexpr std::array channels{"user", "api_key", "import", "automation", "sync", "ai", "system"};

std::vector<Parameter> filter_parameters() {
    const Json text = typed("string");
    return {{"entity_type", text, "contact, organization, …"},
            {"action_type", text, "CREATE, UPDATE, DELETE, RESTORE, STATUS_CHANGE, …"},
            {"user_id", formatted("uuid"), "Who did it."},
            {"channel", text, "user, api_key, import, automation, sync, ai or system."},
            {"start_date", moment_schema(), "From this time or day on."},
            {"end_date", moment_schema(), "Before this time, or to the end of this day."}};
}

std::vector<Parameter> with_paging(std::vector<Parameter> parameters) {
    for (Parameter& parameter : offset_parameters()) parameters.push_back(std::move(parameter));
    return parameters;
}

bool is_action(const Registry& registry, const std::string& action) {
    const auto is_of = [&](const std::vector<std::string>& types) {
        return std::ranges::any_of(types,
                                   [&](const auto& type) { return audit_action(type) == action; });
    };
    return std::ranges::any_of(registry.kinds(),
                               [&](const Kind& kind) { return is_of(kind.event_types()); }) ||
           std::ranges::any_of(kinds_beside_records(),
                               [&](const Kind& kind) { return is_of(kind.event_types()); });
}

struct AuditRoutes {
    const Registry& registry;
    Audit& audit;

    [[nodiscard]] Result<AuditFilter> read_filter(const Request& request) const {
        AuditFilter filter;
        if (const auto type = request.parameter("entity_type")) {
            const auto kind = entity_kind(registry, *type);
            if (!kind)
                return wrong_parameter("entity_type", "invalid_choice",
                                       "There is no such kind of entity.");
            filter.entity_type = *kind;
        }
        if (const auto action = request.parameter("action_type")) {
            filter.action = ascii_upper(*action);
            if (!is_action(registry, filter.action))
                return wrong_parameter("action_type", "invalid_choice", "There is no such action.");
        }
        if (const auto user = request.parameter("user_id")) {
            filter.user_id = parse_uuid(*user);
            if (!filter.user_id)
                return wrong_parameter("user_id", "invalid_format", "Takes an id.");
        }
        if (const auto channel = request.parameter("channel")) {
            filter.channel = case_folded(*channel);
            if (std::find(channels.begin(), channels.end(), filter.channel) == channels.end())
                return wrong_parameter("channel", "invalid_choice", "There is no such channel.");
        }
        const auto from = read_moment(request, "start_date", false);
        if (!from) return from.error();
        const auto to = read_moment(request, "end_date", true);
        if (!to) return to.error();
        filter.from = *from;
        filter.to = *to;
        return filter;
    }

    [[nodiscard]] Result<Response> page(const Request& request, const AuditFilter& filter) const {
        const auto wanted = read_offset(request);
        if (!wanted) return wanted.error();
        const auto found = audit.page(request.principal->tenant_id, filter, *wanted);
        if (!found) return found.error();
        return offset_response(*wanted, *found);
    }

    [[nodiscard]] Result<Response> all(const Request& request) const {
        const auto filter = read_filter(request);
        return filter ? page(request, *filter) : filter.error();
    }

    [[nodiscard]] Result<Response> of_entity(const Request& request) const {
        auto filter = read_filter(request);
        if (!filter) return filter.error();
        const auto kind = entity_kind(registry, request.path_parameter("type"));
        if (!kind)
            return wrong_parameter("type", "invalid_choice", "There is no such kind of entity.");
        filter->entity_type = *kind;
        filter->entity_id = request.path_id();
        return page(request, *filter);
    }

    [[nodiscard]] Result<Response> of_user(const Request& request) const {
        auto filter = read_filter(request);
        if (!filter) return filter.error();
        filter->user_id = request.path_id("user_id");
        return page(request, *filter);
    }

    [[nodiscard]] Result<Response> exported(const Request& request) const {
        const auto filter = read_filter(request);
        if (!filter) return filter.error();
        const std::string format(request.parameter("format").value_or("csv"));
        if (format != "csv" && format != "ndjson")
            return wrong_parameter("format", "invalid_choice", "Takes csv or ndjson.");
        return audit_export(audit, request.principal->tenant_id, *filter, format);
    }
};

} // namespace

Routes audit_routes(const Registry& registry, Audit& audit) {
    RowsOf<AuditRoutes> rows({registry, audit}, "/audit-logs", "audit");
    const auto add = [&](const std::string& path, const std::string& summary,
                         std::vector<Parameter> query,
                         RowsOf<AuditRoutes>::Member handler) -> Route& {
        Route& route = rows.add("GET", path, summary, Permission::audit_read,
                                {200, "Newest first.", "AuditPage"}, handler);
        route.query = std::move(query);
        route.also_bare = true;
        route.projection = "audit";
        return route;
    };
    add("", "The audit log", with_paging(filter_parameters()), &AuditRoutes::all);
    add("/entity/{type}/{id}", "The audit log of one entity", with_paging(filter_parameters()),
        &AuditRoutes::of_entity);
    add("/user/{user_id}", "What one user did", with_paging(filter_parameters()),
        &AuditRoutes::of_user)
        .id_parameters = {"user_id"};
    std::vector<Parameter> export_parameters = filter_parameters();
    export_parameters.push_back(
        {"format", JsonObject{{"type", "string"}, {"enum", JsonArray{"csv", "ndjson"}}},
         "csv, or ndjson: one item a line."});
    add("/export", "The audit log as a file", std::move(export_parameters), &AuditRoutes::exported)
        .answers = {{200, "All items, newest first.", "", "text/csv"},
                    {200, "All items, newest first.", "", "application/x-ndjson"}};
    return std::move(rows).take();
}

} // namespace throughline
