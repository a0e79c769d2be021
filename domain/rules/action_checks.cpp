#include "domain/rules/action_checks.hpp"

#include "domain/id.hpp"
#include "domain/record/change.hpp"
#include "domain/record/value.hpp"
#include "domain/text.hpp"

#include <algorithm>

namespace throughline::rules {

namespace {

using Faults = std::vector<FieldError>;

const Kind* find_kind(std::string_view name) {
    static const Registry registry = standard_registry();
    return registry.find(name);
}

std::string place_of(const Action& action, std::string_view parameter) {
    return action.pointer + '/' + std::string(parameter);
}

/// A parameter's text, empty where there is none or a template makes it.
std::string fixed_text(const Action& action, std::string_view parameter) {
    std::string text = Json(action.parameters).text(parameter);
    return text.find("{{") == std::string::npos ? text : std::string();
}

void check_id(const Action& action, std::string_view parameter, Faults& faults) {
    const std::string id = fixed_text(action, parameter);
    if (!id.empty() && !parse_uuid(id))
        faults.push_back({place_of(action, parameter), "invalid_format", "An id is expected."});
}

bool has_status(const Kind& kind) { return kind.name == "deal" || kind.field("status") != nullptr; }

void check_status_of(const Action& action, Faults& faults) {
    constexpr std::string_view parameter = "entity_type";
    const std::string name = fixed_text(action, parameter);
    if (name.empty()) return;
    const Kind* const kind = find_kind(case_folded(name));
    if (kind == nullptr || !has_status(*kind))
        faults.push_back({place_of(action, parameter), "invalid_choice",
                          "A kind of record that has a status, or a deal, is expected."});
}

/// That a record of the kind has the fields that are to be written.
void check_fields(const Action& action, std::string_view parameter, std::string_view kind,
                  Faults& faults) {
    const Json* const data = action.parameters.find(parameter);
    if (data == nullptr || data->object() == nullptr) return;
    const auto checked = check_update(*find_kind(kind), *data);
    if (checked) return;
    const Rejection refused = checked.error();
    for (const FieldError& error : refused.errors)
        if (error.code == "unknown_field")
            faults.push_back({place_of(action, parameter) + error.where, error.code, error.detail});
}

void check_action(const Action& action, Faults& faults) {
    const std::string_view type = action.type->name;
    if (type == "task.create") check_fields(action, "task_data", "task", faults);
    if (type == "project.create") check_fields(action, "project_data", "project", faults);
    for (const std::string_view kind : {"deal", "contact"}) {
        if (type != std::string(kind) + ".update") continue;
        check_id(action, "id", faults);
        check_fields(action, "changes", kind, faults);
    }
    if (type == "webhook.publish")
        if (const Json* const id = action.parameters.find("webhook_id"); id && !id->is_null())
            faults.push_back({place_of(action, "webhook_id"), "unknown_reference",
                              "There is no register of webhooks yet: give a url."});
    if (type == "update_status") {
        check_id(action, "entity_id", faults);
        check_status_of(action, faults);
    }
}

bool may_write(const Action& action, const Kind& kind) {
    if (action.type->name != "update_status") return action.type->writes == kind.name;
    const std::string named = case_folded(fixed_text(action, "entity_type"));
    if (named.empty()) return has_status(kind);
    return named == kind.name || named == kind.plural || named == kind.also ||
           named == kind.also_plural;
}

} // namespace

std::vector<const Kind*> kinds_written(const std::vector<Action>& actions,
                                       const Registry& registry) {
    std::vector<const Kind*> kinds;
    for (const Kind& kind : registry.kinds())
        if (std::ranges::any_of(actions,
                                [&](const Action& action) { return may_write(action, kind); }))
            kinds.push_back(&kind);
    return kinds;
}

std::vector<FieldError> lasting_faults(const std::vector<Action>& actions) {
    Faults faults;
    for (const Action& action : actions) check_action(action, faults);
    if (faults.size() > max_faults) faults.resize(max_faults);
    return faults;
}

} // namespace throughline::rules
