#include "domain/rules/actions.hpp"

#include "domain/id.hpp"
#include "domain/record/value.hpp"
#include "domain/rules/cron_field.hpp"

#include <algorithm>
#include <array>

namespace throughline::rules {

namespace {

constexpr std::size_t max_queue_name = 100;
constexpr std::array<std::string_view, 7> methods = {"GET",    "POST", "PUT",    "PATCH",
                                                     "DELETE", "HEAD", "OPTIONS"};

std::string below(std::string_view pointer, std::string_view name) {
    std::string where(pointer);
    where += '/';
    append_pointer_token(where, name);
    return where;
}

bool has_template(const Json& value) {
    const std::string* const text = value.string();
    return text != nullptr && text->find("{{") != std::string::npos;
}

bool is_text(const Json& value) { return value.string() != nullptr; }

bool is_duration(const Json& value) {
    if (is_text(value)) return read_duration(*value.string()).has_value();
    const auto days = value.as_integer();
    return days && *days > 0 && *days <= 366;
}

/// The code of what is wrong with a value, or nothing.
std::string_view fault_of(Takes takes, const Json& value) {
    if (has_template(value)) return {};
    switch (takes) {
    case Takes::text: return is_text(value) ? "" : "invalid_type";
    case Takes::any: return "";
    case Takes::object: return value.object() != nullptr ? "" : "invalid_type";
    case Takes::addresses:
        if (is_text(value)) return "";
        return value.array() != nullptr && std::ranges::all_of(*value.array(), is_text)
                   ? ""
                   : "invalid_type";
    case Takes::headers: {
        const JsonObject* const members = value.object();
        return members != nullptr &&
                       std::ranges::all_of(
                           *members, [](const JsonMember& member) { return is_text(member.value); })
                   ? ""
                   : "invalid_type";
    }
    case Takes::method:
        if (!is_text(value)) return "invalid_type";
        return std::ranges::find(methods, *value.string()) != methods.end() ? "" : "invalid_choice";
    case Takes::duration: return is_duration(value) ? "" : "invalid_format";
    case Takes::id:
        if (!is_text(value)) return "invalid_type";
        return parse_uuid(*value.string()) ? "" : "invalid_format";
    case Takes::name:
        if (!is_text(value)) return "invalid_type";
        return is_queue_name(*value.string()) ? "" : "invalid_format";
    }
    return "";
}

std::string_view detail_of(Takes takes) {
    switch (takes) {
    case Takes::text: return "A text is expected.";
    case Takes::object: return "An object is expected.";
    case Takes::addresses: return "An address, or a list of addresses, is expected.";
    case Takes::headers: return "An object of texts is expected.";
    case Takes::method: return "One of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS is expected.";
    case Takes::duration: return "A duration such as 12h or 2d, or a number of days, is expected.";
    case Takes::id: return "An id is expected.";
    case Takes::name:
        return "At most 100 letters, digits, dots, dashes and underscores are expected.";
    case Takes::any: break;
    }
    return "A value is expected.";
}

const ActionParameter* parameter_of(const ActionType& type, std::string_view name) {
    const auto found = std::ranges::find(type.parameters, name, &ActionParameter::name);
    return found == type.parameters.end() ? nullptr : &*found;
}

bool is_given(const JsonObject& parameters, std::string_view name) {
    const Json* const value = parameters.find(name);
    return value != nullptr && !value->is_null();
}

void check_parameters(const Action& action, std::vector<FieldError>& errors) {
    const ActionType& type = *action.type;
    const std::string& pointer = action.pointer;
    for (const ActionParameter& parameter : type.parameters)
        if (parameter.required && !is_given(action.parameters, parameter.name))
            errors.push_back({below(pointer, parameter.name), "required",
                              std::string(detail_of(parameter.takes))});
    if (!type.one_of.empty() && std::ranges::none_of(type.one_of, [&](std::string_view name) {
            return is_given(action.parameters, name);
        }))
        errors.push_back({below(pointer, type.one_of.front()), "required",
                          "It takes one of " + std::string(type.one_of[0]) + " and " +
                              std::string(type.one_of[1]) + '.'});
    for (const auto& [name, value] : action.parameters) {
        const std::string where = below(pointer, name);
        const ActionParameter* const parameter = parameter_of(type, name);
        if (parameter == nullptr) {
            errors.push_back({where, "unknown_field", "The action has no such parameter."});
            continue;
        }
        const std::string_view code = value.is_null() ? "" : fault_of(parameter->takes, value);
        if (!code.empty())
            errors.push_back({where, std::string(code), std::string(detail_of(parameter->takes))});
        const auto faults = template_faults(value, where);
        errors.insert(errors.end(), faults.begin(), faults.end());
    }
}

/// {"type", "parameters"}, or the parameters beside the type.
Action read_action(const Json& written, const std::string& pointer,
                   std::vector<FieldError>& errors) {
    const JsonObject* const members = written.object();
    if (members == nullptr) {
        errors.push_back({pointer, "invalid_type", "An action is an object."});
        return {};
    }
    const Json* const type = members->find("type");
    if (type == nullptr) {
        errors.push_back({pointer + "/type", "required", "An action has a type."});
        return {};
    }
    Action action{find_action_type(written.text("type")), {}};
    if (action.type == nullptr) {
        errors.push_back({pointer + "/type", "invalid_choice", "There is no such action."});
        return {};
    }
    const Json* const given = members->find("parameters");
    // http.openapi has a parameter of this name.
    const bool is_nested = given != nullptr && given->object() != nullptr &&
                           !(members->size() > 2 && parameter_of(*action.type, "parameters"));
    for (const auto& [name, value] : *members) {
        if (name == "type") continue;
        if (!is_nested)
            action.parameters.append(name, value);
        else if (name == "parameters")
            action.parameters = *value.object();
        else
            errors.push_back(
                {below(pointer, name), "unknown_field", "An action has no such member."});
    }
    action.pointer = is_nested ? pointer + "/parameters" : pointer;
    check_parameters(action, errors);
    return action;
}

/// A body that is JSON as text is escaped as such.
Target target_of(const ActionParameter& parameter, const Json& value) {
    const std::string* const text = value.string();
    if (parameter.takes != Takes::any || text == nullptr) return parameter.target;
    const auto begin = std::min(text->find_first_not_of(" \t\r\n"), text->size());
    const std::string_view written = std::string_view(*text).substr(begin);
    const bool is_json =
        (written.starts_with('{') && !written.starts_with("{{")) || written.starts_with('[');
    return is_json ? Target::json : parameter.target;
}

} // namespace

bool is_queue_name(std::string_view text) {
    const auto is_taken = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_';
    };
    return !text.empty() && text.size() <= max_queue_name && text.front() != '.' &&
           std::ranges::all_of(text, is_taken);
}

Result<std::vector<Action>> check_actions(const Json& actions, std::string_view pointer) {
    const std::string where(pointer);
    const JsonArray* const list = actions.array();
    if (list == nullptr) return invalid({{where, "invalid_type", "Actions are a list."}});
    if (list->empty()) return invalid({{where, "required", "A rule has at least one action."}});
    if (list->size() > max_actions)
        return invalid({{where, "too_large", "A rule has at most 50 actions."}});
    std::vector<FieldError> errors;
    std::vector<Action> checked;
    for (std::size_t i = 0; i < list->size(); ++i)
        checked.push_back(read_action((*list)[i], below(where, std::to_string(i)), errors));
    if (errors.size() > max_faults) errors.resize(max_faults);
    if (!errors.empty()) return invalid(std::move(errors));
    return checked;
}

JsonObject rendered_parameters(const Action& action, const TemplateContext& context,
                               std::string_view pointer, std::vector<TemplateWarning>& warnings) {
    JsonObject made;
    for (const auto& [name, value] : action.parameters) {
        const ActionParameter* const parameter = parameter_of(*action.type, name);
        made.append(name, render(value, context, target_of(*parameter, value), below(pointer, name),
                                 warnings));
    }
    return made;
}

} // namespace throughline::rules
