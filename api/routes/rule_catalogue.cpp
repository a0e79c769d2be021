#include "api/routes/rule_catalogue.hpp"

#include "api/openapi.hpp"
#include "api/routes/parameters.hpp"
#include "domain/rules/action_schema.hpp"
#include "domain/rules/rule_templates.hpp"
#include "domain/rules/trigger_examples.hpp"
#include "domain/schema_words.hpp"

namespace throughline {

namespace {

JsonArray texts(const std::vector<std::string>& all) { return {all.begin(), all.end()}; }

Json shown_event(const Registry& registry, const rules::TriggerEvent& event) {
    return JsonObject{
        {"type", "event"},           {"name", event.name},
        {"kind", event.kind},        {"description", event.description},
        {"data", texts(event.data)}, {"example", rules::example_context(registry, event)}};
}

Json other_trigger(const char* type, const char* description, JsonObject more) {
    JsonObject example{
        {"user", nullptr}, {"company_name", "Acme"}, {"tenant", rules::example_tenant()}};
    JsonArray data;
    for (auto& [name, value] : more) {
        data.emplace_back(name);
        example.append(name, value);
    }
    return JsonObject{{"type", type},
                      {"name", type},
                      {"kind", nullptr},
                      {"description", description},
                      {"data", std::move(data)},
                      {"example", std::move(example)}};
}

JsonArray triggers(const Registry& registry) {
    JsonArray items;
    for (const rules::TriggerEvent& event : rules::trigger_events(registry))
        items.push_back(shown_event(registry, event));
    items.push_back(other_trigger("cron", "By a schedule, in the trigger's time zone.", {}));
    items.push_back(other_trigger("webhook", "A request came in at the rule's own address.",
                                  {{"payload", JsonObject{{"title", "What was sent"}}}}));
    items.push_back(other_trigger("manual", "Somebody runs the rule.",
                                  {{"payload", JsonObject{{"note", "What they gave along"}}}}));
    return items;
}

JsonArray actions() {
    JsonArray items;
    for (const rules::ActionType& type : rules::action_types())
        items.push_back(JsonObject{{"type", type.name},
                                   {"also", type.also.empty() ? Json() : Json(type.also)},
                                   {"description", type.description},
                                   {"parameters", rules::action_schema(type)}});
    return items;
}

JsonArray templates() {
    JsonArray items;
    for (const rules::RuleTemplate& each : rules::rule_templates()) {
        JsonObject item{{"key", each.key}};
        const Json rule = parse_json(each.rule);
        for (const auto& [name, value] : *rule.object()) item.append(name, value);
        items.emplace_back(std::move(item));
    }
    return items;
}

Route catalogue(const char* path, const char* summary, const char* component, JsonArray items) {
    Route route;
    route.method = "GET";
    route.path = path;
    route.summary = summary;
    route.tag = "automations";
    route.permission = Permission::automations_read;
    route.query = page_parameters(most_a_page);
    route.answers = {{200, "All of them.", component}};
    route.handler = [items = std::move(items), scope = route.path](const Request& request) {
        return page_of_all(request, items, scope);
    };
    return route;
}

} // namespace

Routes rule_catalogue_routes(const Registry& registry) {
    Routes routes;
    routes.push_back(catalogue("/automations/triggers", "What rules can wait for",
                               "AutomationTriggerList", triggers(registry)));
    routes.push_back(
        catalogue("/automations/actions", "What rules can do", "AutomationActionList", actions()));
    routes.push_back(catalogue("/automations/templates", "Rules to begin with",
                               "AutomationTemplateList", templates()));
    return routes;
}

JsonObject rule_catalogue_components() {
    const Json names = array_of(typed("string"));
    return {{"AutomationTrigger", object_of_all({{"type", typed("string")},
                                                 {"name", typed("string")},
                                                 {"kind", nullable("string")},
                                                 {"description", typed("string")},
                                                 {"data", names},
                                                 {"example", typed("object")}})},
            {"AutomationTriggerList", list_schema("AutomationTrigger")},
            {"AutomationActionType", object_of_all({{"type", typed("string")},
                                                    {"also", nullable("string")},
                                                    {"description", typed("string")},
                                                    {"parameters", typed("object")}})},
            {"AutomationActionList", list_schema("AutomationActionType")},
            {"AutomationTemplate", object_of_all({{"key", typed("string")},
                                                  {"name", typed("string")},
                                                  {"description", typed("string")},
                                                  {"trigger", typed("object")},
                                                  {"conditions", typed("array")},
                                                  {"actions", typed("array")}})},
            {"AutomationTemplateList", list_schema("AutomationTemplate")}};
}

} // namespace throughline
