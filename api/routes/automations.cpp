#include "api/routes/automations.hpp"

#include "api/routes/list_response.hpp"
#include "api/routes/module_rules.hpp"
#include "api/routes/rows.hpp"
#include "api/routes/rule_catalogue.hpp"
#include "api/routes/rule_components.hpp"
#include "api/routes/rule_dry_runs.hpp"
#include "api/routes/rule_list.hpp"
#include "api/routes/rule_scopes.hpp"
#include "api/routes/rule_versions.hpp"
#include "bus/ids.hpp"
#include "domain/rules/rule_templates.hpp"
#include "handlers/automation/rule_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace throughline {

namespace {

using P = Permission;

struct Handlers {
    AutomationRoutes with;

    [[nodiscard]] Result<Response> list(const Request& request) const {
        const auto wanted = read_rule_list(request.query);
        if (!wanted) return wanted.error();
        const auto page = with.lists.page(request.principal->tenant_id, Caller::system(),
                                          rule_kind(), wanted->list);
        if (!page) return page.error();
        JsonArray items;
        for (JsonObject& rule : with.answers().all(request, page->items, wanted->fields))
            items.emplace_back(std::move(rule));
        return list_response(wanted->list.limit, std::move(items),
                             page->next ? Json(*page->next) : Json(), total_of(*page));
    }

    [[nodiscard]] Result<Response> read(const Request& request) const {
        const auto head = with.answers().find(request);
        if (!head) return head.error();
        Response response = json_response(200, to_text(with.answers().one(request, *head)));
        response.with("ETag", fmt::format("\"{}\"", head->version));
        return response;
    }

    [[nodiscard]] Result<Response> create(const Request& request) const {
        if (const auto checked = check_new_rule(*request.json); !checked) return checked.error();
        return command(request, [&](const CommandContext& context) {
            return with.commands.create(context, rule_kind(), new_id(), *request.json,
                                        checked_rule(*request.principal, with.values()));
        });
    }

    [[nodiscard]] Result<Response> update(const Request& request) const {
        Json body = *request.json;
        body.object()->erase("last_run"); // who repeats what was read does not know it better
        auto checked = check_rule_change(body);
        if (!checked && leave_out_kept(request, body)) checked = check_rule_change(body);
        if (!checked) return checked.error();
        return command(request, [&](const CommandContext& context) {
            return with.commands.update(context, rule_kind(), request.path_id(), body,
                                        checked_rule(*request.principal, with.values()));
        });
    }

    /// What repeats the rule as it stands was taken once, whatever is refused today. Whether there
    /// is any of it.
    [[nodiscard]] bool leave_out_kept(const Request& request, Json& body) const {
        const auto head = with.answers().find(request);
        if (!head) return false;
        const JsonObject shown = with.answers().one(request, *head);
        bool is_kept = false;
        for (const auto* const name : {"trigger", "conditions", "actions"}) {
            const Json* const value = body.find(name);
            if (value == nullptr || *value != value_of(shown, name)) continue;
            body.object()->erase(name);
            is_kept = true;
        }
        return is_kept;
    }

    [[nodiscard]] Result<Response> remove(const Request& request) const {
        return command(request, [&](const CommandContext& context) {
            return with.commands.remove(context, rule_kind(), request.path_id());
        });
    }

    /// A deleted rule does not change meanwhile.
    [[nodiscard]] Result<Response> restore(const Request& request) const {
        const std::array key{StreamKey{rule_kind().name, request.path_id()}};
        const StreamHead head = with.store.heads(request.principal->tenant_id, key).front();
        if (head.archived)
            if (auto fault = fault_of_reach(*request.principal, with.registry,
                                            *parse_json(head.state).object()))
                return std::move(*fault);
        return command(request, [&](const CommandContext& context) {
            return with.commands.restore(context, rule_kind(), request.path_id());
        });
    }

    [[nodiscard]] Result<Response> enable(const Request& request) const {
        return change(request, JsonObject{{"enabled", true}, {"mode", "live"}});
    }

    [[nodiscard]] Result<Response> disable(const Request& request) const {
        return change(request, JsonObject{{"enabled", false}});
    }

    [[nodiscard]] Result<Response> shadow(const Request& request) const {
        return change(request, JsonObject{{"enabled", true}, {"mode", "shadow"}});
    }

    [[nodiscard]] Result<Response> versions(const Request& request) const {
        return rule_versions(with.answers(), request);
    }

    /// The rule becomes what it was, as one more version.
    [[nodiscard]] Result<Response> restore_version(const Request& request) const {
        const auto then = rule_at_version(with.answers(), request);
        if (!then) return then.error();
        return change(request, Json(*then));
    }

    [[nodiscard]] Result<Response> use_template(const Request& request) const {
        const auto* const found = rules::find_rule_template(request.path_parameter("key"));
        if (found == nullptr) return no_such("template");
        Json rule = parse_json(found->rule);
        rule.object()->set("enabled", false);
        return command(request, [&](const CommandContext& context) {
            return with.commands.create(context, rule_kind(), new_id(), rule,
                                        within_scopes(*request.principal, with.registry));
        });
    }

    [[nodiscard]] Result<Response> change(const Request& request, const Json& body) const {
        return command(request, [&](const CommandContext& context) {
            return with.commands.update(context, rule_kind(), request.path_id(), body,
                                        within_scopes(*request.principal, with.registry));
        });
    }

    [[nodiscard]] Result<Response> command(const Request& request,
                                           const RecordAnswers::Act& act) const {
        return with.answers().command(request, act, as_it_is);
    }
};

Answer shown(int status, const char* what) {
    Answer answer{status, what, "Automation"};
    answer.has_etag = true;
    return answer;
}

} // namespace

Routes AutomationRoutes::rows() const {
    RowsOf<Handlers> rows(Handlers{*this}, "/automations", "automations");
    const Answer rule = shown(200, "The rule.");
    Route& list = rows.add("GET", "", "List automation rules", P::automations_read,
                           {200, "A page of rules.", "AutomationList"}, &Handlers::list);
    list.query = rule_list_parameters();
    list.projection = "list_automation";
    Route& create = rows.add("POST", "", "Create an automation rule", P::automations_change,
                             shown(201, "The new rule."), &Handlers::create);
    create.body = json_body("AutomationCreate");
    create.limit = LimitClass::automation;
    rows.add("GET", "/{id}", "Read an automation rule", P::automations_read, rule, &Handlers::read);
    for (const char* const method : {"PATCH", "PUT"}) {
        Route& change = rows.add(method, "/{id}", "Change an automation rule (JSON merge patch)",
                                 P::automations_change, rule, &Handlers::update);
        change.body = json_body("AutomationUpdate");
        change.limit = LimitClass::automation;
    }
    rows.add("DELETE", "/{id}", "Delete an automation rule", P::automations_change,
             {204, "It is deleted.", ""}, &Handlers::remove);
    rows.add("POST", "/{id}/restore", "Bring a deleted automation rule back", P::automations_change,
             rule, &Handlers::restore);
    rows.add("POST", "/{id}/enable", "Enable a rule, in live mode", P::automations_change, rule,
             &Handlers::enable);
    rows.add("POST", "/{id}/disable", "Disable a rule", P::automations_change, rule,
             &Handlers::disable);
    rows.add("POST", "/{id}/shadow",
             "Enable a rule in shadow mode: it is evaluated and recorded, and does nothing",
             P::automations_change, rule, &Handlers::shadow);
    Route& versions = rows.add(
        "GET", "/{id}/versions", "The versions of a rule, newest first", P::automations_read,
        {200, "A page of versions.", "AutomationVersions"}, &Handlers::versions);
    versions.query = page_parameters();
    Route& back = rows.add("POST", "/{id}/versions/{n}/restore",
                           "Make a rule what it was at a version, as one more version",
                           P::automations_change, rule, &Handlers::restore_version);
    back.limit = LimitClass::automation;
    Route& from_template =
        rows.add("POST", "/templates/{key}", "Make a disabled rule of a template",
                 P::automations_change, shown(201, "The new rule."), &Handlers::use_template);
    from_template.limit = LimitClass::automation;
    return std::move(rows).take();
}

Routes AutomationRoutes::all_rows() const {
    Routes routes = rows();
    for (Routes& more : std::array{ModuleRuleRoutes{values(), lists, tenants, answers()}.rows(),
                                   RuleDryRunRoutes{answers(), values(), contexts, tenants}.rows(),
                                   rule_catalogue_routes(registry)})
        std::ranges::move(more, std::back_inserter(routes));
    return routes;
}

JsonObject automation_components() {
    JsonObject components = rule_components();
    for (const JsonObject& more :
         {rule_catalogue_components(), module_rule_components(), rule_dry_run_components()})
        for (const auto& [name, schema] : more) components.append(name, schema);
    return components;
}

} // namespace throughline
