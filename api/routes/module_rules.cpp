#include "api/routes/module_rules.hpp"

#include "api/routes/list_response.hpp"
#include "api/routes/rows.hpp"
#include "api/routes/rule_list.hpp"
#include "api/routes/rule_scopes.hpp"
#include "bus/ids.hpp"
#include "domain/rules/module_rules.hpp"
#include "domain/schema_words.hpp"
#include "handlers/automation/rule_checks.hpp"

namespace throughline {

namespace {

using P = Permission;

Json shown_trigger(std::string_view id, std::string_view module, std::string_view description,
                   JsonArray data) {
    return JsonObject{{"trigger_id", id},
                      {"module_type", module},
                      {"description", description},
                      {"required_data", std::move(data)}};
}

JsonArray triggers_of(std::string_view module) {
    JsonArray items;
    for (const rules::ModuleTrigger& trigger : rules::module_triggers())
        if (module.empty() || trigger.module == module)
            items.push_back(shown_trigger(trigger.id, trigger.module, trigger.description,
                                          {trigger.data.begin(), trigger.data.end()}));
    if (module == rules::custom_module)
        for (const rules::CustomTrigger& trigger : rules::custom_triggers())
            items.push_back(shown_trigger(trigger.id, module, trigger.description,
                                          {trigger.data.begin(), trigger.data.end()}));
    return items;
}

/// Faults of a rule, where they stand in the module form.
Rejection in_module_form(Rejection rejection) {
    for (FieldError& error : rejection.errors)
        if (!error.in_query) error.where = rules::module_pointer(error.where);
    return rejection;
}

/// Only rules of a module: those with one of its triggers, or with none of any module.
void add_module(std::vector<Filter>& filters, std::string_view module) {
    Filter in{"trigger", {}, FilterOp::in, {}};
    for (const rules::ModuleTrigger& trigger : rules::module_triggers()) {
        const Json event = *rules::trigger_of_module(trigger.module, trigger.id);
        if (module == rules::custom_module)
            filters.push_back(trigger_is(event, FilterOp::ne));
        else if (trigger.module == module)
            in.values.push_back(trigger_is(event).values.front());
    }
    if (!in.values.empty()) filters.push_back(std::move(in));
}

/// Only rules with a trigger of this name, whatever the module; one that no trigger has is a fault.
Result<Filter> trigger_named(std::string_view id) {
    for (const std::string_view module :
         {std::string_view("crm"), std::string_view("sales"), rules::custom_module})
        if (const auto trigger = rules::trigger_of_module(module, id)) {
            const std::string event = trigger->text("event");
            return event.empty() ? trigger_has("type", trigger->text("type"))
                                 : trigger_has("event", event);
        }
    if (id == "cron") return trigger_has("type", id);
    return invalid({{"trigger_id", "invalid_choice", "There is no such trigger.", true}});
}

struct Handlers {
    ModuleRuleRoutes with;

    [[nodiscard]] std::string slug(const Request& request) const {
        const Record settings = with.tenants.settings(request.principal->tenant_id);
        return Json(settings.fields).text("slug");
    }

    [[nodiscard]] RuleAnswers::Show shown_in(const Request& request) const {
        return [slug = slug(request)](const JsonObject& rule) -> Json {
            return rules::to_module_rule(rule, slug);
        };
    }

    [[nodiscard]] Result<Response> triggers(const Request& request) const {
        const std::string module(request.parameter("module_type").value_or(""));
        return page_of_all(request, triggers_of(module), "triggers of " + module);
    }

    [[nodiscard]] Result<Response> list(const Request& request) const {
        QueryParameters of_list;
        std::vector<Filter> filters;
        for (const auto& [name, value] : request.query) {
            if (name == "module_type") {
                add_module(filters, value);
            } else if (name == "is_active") {
                filters.push_back({"enabled", {}, FilterOp::eq, {value}});
            } else if (name == "trigger_id") {
                auto filter = trigger_named(value);
                if (!filter) return filter.error();
                filters.push_back(std::move(*filter));
            } else {
                of_list.emplace_back(name, value);
            }
        }
        auto wanted = read_list_request(rule_kind(), of_list);
        if (!wanted) return wanted.error();
        wanted->filters = std::move(filters);
        const auto page =
            with.lists.page(request.principal->tenant_id, Caller::system(), rule_kind(), *wanted);
        if (!page) return page.error();
        const auto show = shown_in(request);
        JsonArray items;
        for (const JsonObject& rule : with.answers.all(request, page->items, {}))
            items.push_back(show(rule));
        return list_response(wanted->limit, std::move(items),
                             page->next ? Json(*page->next) : Json(), total_of(*page));
    }

    [[nodiscard]] Result<Response> create(const Request& request) const {
        const auto read = rules::from_module_rule(*request.json->object(), slug(request));
        if (!read) return read.error();
        const Json rule(*read);
        if (const auto checked = check_new_rule(rule); !checked)
            return in_module_form(checked.error());
        return with.answers.command(
            request,
            [&](const CommandContext& context) {
                return with.values.commands.create(context, rule_kind(), new_id(), rule,
                                                   checked_rule(*request.principal, with.values));
            },
            shown_in(request));
    }

    [[nodiscard]] Result<Response> toggle(const Request& request) const {
        const Json body = JsonObject{{"enabled", request.parameter("is_active") == "true"}};
        return with.answers.command(
            request,
            [&](const CommandContext& context) {
                return with.values.commands.update(
                    context, rule_kind(), request.path_id(), body,
                    within_scopes(*request.principal, with.answers.registry));
            },
            shown_in(request));
    }

    [[nodiscard]] Result<Response> remove(const Request& request) const {
        return with.answers.command(
            request,
            [&](const CommandContext& context) {
                return with.values.commands.remove(context, rule_kind(), request.path_id());
            },
            as_it_is);
    }
};

Parameter of_module() {
    return {"module_type", module_type_schema(),
            "Only of this module; `custom` are triggers that no module has."};
}

Parameter is_active(bool is_required) {
    return {"is_active", typed("boolean"), "Whether the rule is enabled.", is_required};
}

std::vector<Parameter> list_query() {
    std::vector<Parameter> parameters = page_parameters();
    parameters.push_back(of_module());
    parameters.push_back({"trigger_id", typed("string"), "Only with this trigger."});
    parameters.push_back(is_active(false));
    return parameters;
}

} // namespace

Routes ModuleRuleRoutes::rows() const {
    RowsOf<Handlers> rows(Handlers{*this}, "/automation", "automations");
    const auto rule = [](int status, const char* what) {
        Answer answer{status, what, "ModuleRule"};
        answer.has_etag = true;
        return answer;
    };
    Route& triggers =
        rows.add("GET", "/triggers", "What rules can wait for, by module", P::automations_read,
                 {200, "All of them.", "ModuleTriggerList"}, &Handlers::triggers);
    triggers.query = page_parameters(most_a_page);
    triggers.query.push_back(of_module());
    Route& list =
        rows.add("GET", "/rules", "List automation rules in the module form", P::automations_read,
                 {200, "A page of rules.", "ModuleRuleList"}, &Handlers::list);
    list.query = list_query();
    list.projection = "list_automation";
    Route& create = rows.add("POST", "/rules", "Create an automation rule in the module form",
                             P::automations_change, rule(201, "The new rule."), &Handlers::create);
    create.body = json_body("ModuleRuleCreate");
    create.limit = LimitClass::automation;
    rows.add("PUT", "/rules/{id}/toggle", "Enable or disable a rule", P::automations_change,
             rule(200, "The rule."), &Handlers::toggle)
        .query = {is_active(true)};
    rows.add("DELETE", "/rules/{id}", "Delete an automation rule", P::automations_change,
             {204, "It is deleted.", ""}, &Handlers::remove);
    return std::move(rows).take();
}

} // namespace throughline
