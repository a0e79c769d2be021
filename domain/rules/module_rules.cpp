#include "domain/rules/module_rules.hpp"

#include "domain/rules/actions.hpp"
#include "domain/rules/conditions.hpp"

#include <algorithm>
#include <array>

namespace throughline::rules {

namespace {

constexpr std::string_view jsonlogic_type = "jsonlogic";
constexpr std::array<std::string_view, 2> plain_triggers = {"webhook", "manual"};

const std::vector<TriggerEvent>& all_events() {
    static const std::vector<TriggerEvent> events = trigger_events(standard_registry());
    return events;
}

std::string underscored(std::string_view event) {
    std::string id(event);
    std::ranges::replace(id, '.', '_');
    return id;
}

const ModuleTrigger* module_trigger_of(std::string_view event) {
    const auto found = std::ranges::find(module_triggers(), event, &ModuleTrigger::event);
    return found == module_triggers().end() ? nullptr : &*found;
}

Json event_trigger(std::string_view event) {
    return JsonObject{{"type", "event"}, {"event", event}};
}

std::string pointer_to(std::string_view name) {
    std::string pointer = "/";
    append_pointer_token(pointer, name);
    return pointer;
}

JsonObject shown_condition(const Json& condition) {
    if (is_jsonlogic(condition)) return {{"type", jsonlogic_type}, {"value", condition}};
    JsonObject shown;
    for (const auto& [name, value] : *condition.object())
        shown.append(name == "operator" ? "type" : std::string_view(name), value);
    return shown;
}

JsonArray shown_conditions(const Json& conditions) {
    JsonArray shown;
    if (conditions.object() != nullptr) shown.push_back(shown_condition(conditions));
    if (conditions.array() != nullptr)
        for (const Json& condition : *conditions.array())
            shown.push_back(shown_condition(condition));
    return shown;
}

JsonObject shown_action(const Action& action) {
    const ActionType& type = *action.type;
    return {{"type", type.also.empty() ? type.name : type.also}, {"parameters", action.parameters}};
}

JsonArray shown_actions(const Json& actions) {
    JsonArray shown;
    for (const Action& action : check_actions(actions).value())
        shown.push_back(shown_action(action));
    return shown;
}

Json read_condition(const Json& written) {
    const bool is_logic = written.text("type") == jsonlogic_type;
    const Json* const value = written.find("value");
    return is_logic && value != nullptr ? *value : written;
}

Json read_conditions(const Json& written) {
    if (written.array() == nullptr) return written;
    JsonArray conditions;
    for (const Json& condition : *written.array()) conditions.push_back(read_condition(condition));
    return conditions;
}

/// The trigger that a body names, or what is wrong with its names.
std::optional<Json> read_trigger(const JsonObject& written, std::vector<FieldError>& errors) {
    for (const auto* const name : {"module_type", "trigger_id"})
        if (value_of(written, name).string() == nullptr)
            errors.push_back({std::string("/") + name,
                              written.contains(name) ? "invalid_type" : "required",
                              "A text is expected."});
    if (!errors.empty()) return std::nullopt;
    const std::string& module = *written.find("module_type")->string();
    const std::string& id = *written.find("trigger_id")->string();
    if (module != "crm" && module != "sales" && module != custom_module) {
        errors.push_back({"/module_type", "invalid_choice", "One of crm, sales and custom."});
        return std::nullopt;
    }
    auto trigger = trigger_of_module(module, id);
    if (!trigger)
        errors.push_back({"/trigger_id", "invalid_choice",
                          "The module has no such trigger: /api/automation/triggers?module_type=" +
                              module + " lists them."});
    return trigger;
}

} // namespace

ModuleTriggerName module_name_of(const Json& trigger) {
    if (trigger.text("type") != "event") return {std::string(custom_module), trigger.text("type")};
    const std::string event = trigger.text("event");
    if (const ModuleTrigger* const named = module_trigger_of(event))
        return {std::string(named->module), std::string(named->id)};
    return {std::string(custom_module), underscored(event)};
}

std::optional<Json> trigger_of_module(std::string_view module, std::string_view id) {
    if (module != custom_module) {
        const ModuleTrigger* const named = find_module_trigger(id);
        if (named == nullptr || named->module != module) return std::nullopt;
        return event_trigger(named->event);
    }
    if (std::ranges::find(plain_triggers, id) != plain_triggers.end())
        return JsonObject{{"type", id}};
    for (const TriggerEvent& event : all_events())
        if (underscored(event.name) == id && module_trigger_of(event.name) == nullptr)
            return event_trigger(event.name);
    return std::nullopt;
}

std::vector<CustomTrigger> custom_triggers() {
    std::vector<CustomTrigger> triggers;
    for (const TriggerEvent& event : all_events())
        if (module_trigger_of(event.name) == nullptr)
            triggers.push_back({underscored(event.name), event.description, event.data});
    triggers.push_back({"webhook", "A request came in at the rule's own address.", {}});
    triggers.push_back({"manual", "Somebody runs the rule.", {}});
    return triggers;
}

JsonObject to_module_rule(const JsonObject& rule, std::string_view tenant_slug) {
    const ModuleTriggerName trigger = module_name_of(value_of(rule, "trigger"));
    return {{"id", value_of(rule, "id")},
            {"tenant_id", tenant_slug},
            {"name", value_of(rule, "name")},
            {"description", value_of(rule, "description")},
            {"module_type", trigger.module},
            {"trigger_id", trigger.id},
            {"conditions", shown_conditions(value_of(rule, "conditions"))},
            {"actions", shown_actions(value_of(rule, "actions"))},
            {"is_active", value_of(rule, "enabled") == Json(true)},
            {"created_at", value_of(rule, "created_at")},
            {"updated_at", value_of(rule, "updated_at")}};
}

Result<JsonObject> from_module_rule(const JsonObject& written, std::string_view tenant_slug) {
    constexpr std::array<std::string_view, 3> same = {"name", "description", "actions"};
    constexpr std::array<std::string_view, 3> read_apart = {"module_type", "trigger_id",
                                                            "tenant_id"};
    std::vector<FieldError> errors;
    JsonObject rule;
    if (auto trigger = read_trigger(written, errors)) rule.append("trigger", std::move(*trigger));
    for (const auto& [name, value] : written) {
        if (std::ranges::find(same, name) != same.end())
            rule.append(name, value);
        else if (name == "conditions")
            rule.append(name, read_conditions(value));
        else if (name == "is_active")
            rule.append("enabled", value);
        else if (std::ranges::find(read_apart, name) == read_apart.end())
            errors.push_back(
                {pointer_to(name), "unknown_field", "A rule has no such field in this form."});
    }
    if (const Json* const tenant = written.find("tenant_id");
        tenant != nullptr && *tenant != Json(tenant_slug))
        errors.push_back({"/tenant_id", "read_only", "It is the caller's tenant's slug."});
    if (!errors.empty()) return invalid(std::move(errors));
    return rule;
}

std::string module_pointer(std::string_view pointer) {
    if (pointer.starts_with("/trigger")) return "/trigger_id";
    if (pointer == "/enabled") return "/is_active";
    return std::string(pointer);
}

} // namespace throughline::rules
