#include "api/routes/automation_runs.hpp"

#include "api/openapi.hpp"
#include "api/routes/parameters.hpp"
#include "api/routes/rows.hpp"
#include "domain/schema_words.hpp"
#include "projections/cursor.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

/// Whose checkpoint says which events have their runs.
constexpr const char* engine = "automation";
constexpr std::array statuses{"waiting", "running", "succeeded", "failed", "cancelled", "dead"};

Json status_schema() {
    return JsonObject{{"type", "string"}, {"enum", JsonArray(statuses.begin(), statuses.end())}};
}

struct Handlers {
    AutomationRunRoutes with;

    [[nodiscard]] Result<Response> page(const Request& request, RunFilter filter) const {
        const auto wanted = read_offset(request); // its limit and cursor
        if (!wanted) return wanted.error();
        std::string same = "runs";
        if (filter.rule) same += to_string(*filter.rule);
        for (const std::string& status : filter.statuses) same += "," + status;
        std::optional<Uuid> before;
        if (!wanted->cursor.empty()) {
            const auto keys = read_cursor(wanted->cursor, same, 1);
            if (keys && keys->front()) before = parse_uuid(*keys->front());
            if (!before) return invalid_cursor();
        }
        RunPage page =
            with.history.page(request.principal->tenant_id, filter, before, wanted->limit);
        JsonArray items;
        for (JsonObject& run : page.runs) items.emplace_back(std::move(run));
        const Json next = page.next ? Json(write_cursor(same, {to_string(*page.next)})) : Json();
        return list_response(wanted->limit, std::move(items), next, total_of(request, [&] {
                                 return with.history.count(request.principal->tenant_id, filter,
                                                           most_counted + 1);
                             }));
    }

    [[nodiscard]] Result<RunFilter> filter_of(const Request& request) const {
        RunFilter filter;
        if (const auto status = request.parameter("status"))
            filter.statuses = {std::string(*status)};
        return filter;
    }

    /// Of a deleted rule, too.
    [[nodiscard]] Result<Response> of_rule(const Request& request) const {
        const std::array key{StreamKey{"automation", request.path_id()}};
        if (with.store.heads(request.principal->tenant_id, key).front().version == 0)
            return no_such("automation");
        auto filter = filter_of(request);
        filter->rule = request.path_id();
        return page(request, std::move(*filter));
    }

    [[nodiscard]] Result<Response> of_all(const Request& request) const {
        return page(request, std::move(*filter_of(request)));
    }

    [[nodiscard]] Result<Response> stuck(const Request& request) const {
        RunFilter filter;
        filter.statuses = stuck_statuses();
        return page(request, std::move(filter));
    }

    [[nodiscard]] Result<Response> shown(const Request& request, int status) const {
        const auto run = with.history.find(request.principal->tenant_id, request.path_id("run_id"));
        if (!run) return no_such("run");
        return json_response(status, to_text(*run));
    }

    [[nodiscard]] Result<Response> one(const Request& request) const { return shown(request, 200); }

    using Change = Result<void> (RunHistory::*)(const Uuid& tenant, const Uuid& run) const;

    /// Again under its key it changes nothing, and tells how the run stands by now.
    [[nodiscard]] Result<Response> changed(const Request& request, Change change,
                                           int status) const {
        return with.writes.once(
            request,
            [&](const CommandContext& context) -> Result<JsonObject> {
                const auto done = (with.history.*change)(context.tenant, request.path_id("run_id"));
                if (!done) return done.error();
                with.on_due();
                return JsonObject{};
            },
            [&](const JsonObject&) { return shown(request, status); });
    }

    [[nodiscard]] Result<Response> retry(const Request& request) const {
        return changed(request, &RunHistory::retry, 202);
    }

    [[nodiscard]] Result<Response> cancel(const Request& request) const {
        return changed(request, &RunHistory::cancel, 200);
    }

    [[nodiscard]] Result<Response> retry_all(const Request& request) const {
        return with.writes.once(
            request, [&](const CommandContext&) { return retry_meant(request); },
            [](const JsonObject& done) {
                return json_response(202, to_text(JsonObject{{"retried", *done.find("retried")}}));
            });
    }

    [[nodiscard]] Result<JsonObject> retry_meant(const Request& request) const {
        const Json body = request.json ? *request.json : Json(JsonObject{});
        RunFilter filter;
        for (const auto& [name, value] : *body.object())
            if (name != "rule_id" && name != "from" && name != "to")
                return invalid({{"/" + name, "unknown_field", "There is no such field."}});
        if (const Json* const rule = body.find("rule_id"); rule != nullptr) {
            filter.rule = rule->string() == nullptr ? std::nullopt : parse_uuid(*rule->string());
            if (!filter.rule)
                return invalid({{"/rule_id", "invalid_format", "A rule's id is expected."}});
        }
        const auto from = read_body_moment(request, body, "from", false);
        if (!from) return from.error();
        const auto to = read_body_moment(request, body, "to", true);
        if (!to) return to.error();
        filter.from = *from;
        filter.to = *to;
        const std::size_t count = with.history.retry_all(request.principal->tenant_id, filter);
        with.on_due();
        return JsonObject{{"retried", count}};
    }
};

Json run_schema() {
    const Json text = typed("string");
    const Json nullable_text = nullable("string");
    const Json number = nullable("integer");
    const Json attempt = object_of({{"at", text}, {"error", nullable_text}});
    const Json action = object_of({{"type", text},
                                   {"effect_id", text},
                                   {"status", text},
                                   {"attempts", array_of(attempt)},
                                   {"input", typed("object")},
                                   {"output", JsonObject{}},
                                   {"duration_ms", typed("integer")},
                                   {"warnings", array_of(typed("object"))}},
                                  {"type", "status", "attempts"});
    JsonObject properties{
        {"id", text},
        {"rule_id", text},
        {"rule_version", typed("integer")},
        {"event_id", text},
        {"subject", nullable_text},
        {"mode", JsonObject{{"type", "string"}, {"enum", JsonArray{"live", "shadow"}}}},
        {"status", status_schema()},
        {"reason", nullable_text},
        {"started_at", nullable_text},
        {"duration_ms", number},
        {"actions", array_of(action)}};
    return object_of_all(std::move(properties));
}

} // namespace

Routes AutomationRunRoutes::rows() const {
    RowsOf<Handlers> rows(Handlers{*this}, "/automations", "automations");
    const Permission read = Permission::automations_read;
    const Permission run = Permission::automations_run;
    const auto page = [&](const std::string& path, const char* summary, bool by_status,
                          RowsOf<Handlers>::Member handler) {
        Route& route = rows.add("GET", path, summary, read,
                                {200, "The newest first.", "AutomationRunList"}, handler);
        route.query = page_parameters();
        if (by_status) route.query.push_back({"status", status_schema(), "Only of this status."});
        route.projection = engine;
    };
    page("/{id}/runs", "The runs of a rule", true, &Handlers::of_rule);
    page("/runs", "The runs of all rules", true, &Handlers::of_all);
    page("/dead-letters", "Runs that failed or are dead", false, &Handlers::stuck);
    const auto one = [&](const char* method, const std::string& path, const char* summary,
                         Permission permission, int status, RowsOf<Handlers>::Member handler) {
        Route& route = rows.add(method, path, summary, permission,
                                {status, "The run.", "AutomationRun"}, handler);
        route.id_parameters = {"run_id"};
        route.projection = engine;
        if (permission == run) route.refusals = {409};
    };
    one("GET", "/runs/{run_id}", "A run: what each action was given, and gave", read, 200,
        &Handlers::one);
    one("POST", "/runs/{run_id}/cancel", "Stop a run that has not ended", run, 200,
        &Handlers::cancel);
    for (const auto* const path : {"/runs/{run_id}/retry", "/dead-letters/{run_id}/retry"})
        one("POST", path, "Go on with a run at the action that failed", run, 202, &Handlers::retry);
    Route& all =
        rows.add("POST", "/dead-letters/retry", "Retry all of a rule or of a time", run,
                 {202, "How many are taken up again.", "AutomationRetried"}, &Handlers::retry_all);
    all.body = {BodyRule::Form::optional_json, "AutomationRetry", {}};
    return std::move(rows).take();
}

JsonObject automation_run_components() {
    const Json time = moment_schema();
    const Json id = formatted("uuid");
    return {
        {"AutomationRun", run_schema()},
        {"AutomationRunList", list_schema("AutomationRun")},
        {"AutomationRetry",
         JsonObject{{"type", "object"},
                    {"description", "Of which rule, made from when to when: all of it optional."},
                    {"properties", JsonObject{{"rule_id", id}, {"from", time}, {"to", time}}},
                    {"additionalProperties", false}}},
        {"AutomationRetried", object_of({{"retried", typed("integer")}}, {"retried"})}};
}

} // namespace throughline
