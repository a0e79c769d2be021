#include "domain/rules/condition_form.hpp"

#include "domain/rules/cron_field.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace throughline::rules {

namespace {

/// What a condition's value must be.
enum class Takes { nothing, anything, text, list, pair, number, duration };

struct Form {
    std::string_view name;
    Takes takes;
    std::string_view operation; // of JsonLogic
};

constexpr std::array forms = {
    Form{"equals", Takes::anything, "equals"},
    Form{"not_equals", Takes::anything, "not_equals"},
    Form{"contains", Takes::anything, "contains"},
    Form{"not_contains", Takes::anything, "not_contains"},
    Form{"in", Takes::list, "is_in"},
    Form{"not_in", Takes::list, "not_in"},
    Form{"gt", Takes::anything, "gt"},
    Form{"gte", Takes::anything, "gte"},
    Form{"lt", Takes::anything, "lt"},
    Form{"lte", Takes::anything, "lte"},
    Form{"between", Takes::pair, "between"},
    Form{"starts_with", Takes::text, "starts_with"},
    Form{"ends_with", Takes::text, "ends_with"},
    Form{"exists", Takes::nothing, "!=="},
    Form{"not_exists", Takes::nothing, "==="},
    Form{"changed", Takes::nothing, "changed"},
    Form{"changed_from", Takes::anything, "changed_from"},
    Form{"changed_to", Takes::anything, "changed_to"},
    Form{"older_than", Takes::duration, "older_than"},
    Form{"matches", Takes::text, "matches"},
    Form{"value_threshold", Takes::number, "gt"},
};

constexpr std::array<std::string_view, 9> kinds = {"contact", "organization", "lead",
                                                   "deal",    "opportunity",  "project",
                                                   "task",    "activity",     "message"};

Json operation(std::string_view name, JsonArray values) {
    JsonObject rule;
    rule.append(name, std::move(values));
    return rule;
}

/// The kind of record before a field's first dot, empty where there is none.
std::string_view kind_of_field(std::string_view field) {
    const auto dot = field.find('.');
    const std::string_view first = field.substr(0, dot);
    const bool is_kind =
        dot != std::string_view::npos && std::ranges::find(kinds, first) != kinds.end();
    return is_kind ? first : std::string_view();
}

Json variable(std::string path) { return JsonObject{{"var", std::move(path)}}; }
Json literal(const Json& value) { return JsonObject{{"preserve", value}}; }

/// `contact.metadata.tier` as it was before the event (`side` is old) or after (new).
Json changed_field(std::string_view field, std::string_view side) {
    if (const auto kind = kind_of_field(field); !kind.empty()) field.remove_prefix(kind.size() + 1);
    const std::string_view first = field.substr(0, field.find('.'));
    std::string path = "changes." + std::string(first) + '.' + std::string(side);
    path += field.substr(first.size());
    return variable(std::move(path));
}

Json change_rule(std::string_view name, const std::string& field, const Json& value) {
    const Json old_value = changed_field(field, "old");
    const Json new_value = changed_field(field, "new");
    const Json changed = operation("!==", {old_value, new_value});
    if (name == "changed") return changed;
    const Json& side = name == "changed_from" ? old_value : new_value;
    return operation("and", {changed, operation("equals", {side, literal(value)})});
}

/// Seconds of a number of days, or of a text such as 12h.
std::optional<Json> seconds_of(const Json& value) {
    if (const std::string* const text = value.string()) {
        const auto duration = read_duration(*text);
        return duration ? std::optional<Json>(duration->count()) : std::nullopt;
    }
    const auto days = value.as_integer();
    if (!days || *days < 0 || *days > 36'600) return std::nullopt;
    return Json(*days * 86'400);
}

std::optional<FieldError> fault_of_value(Takes takes, const Json* value, const std::string& where) {
    if (takes == Takes::nothing) return std::nullopt;
    if (value == nullptr) return FieldError{where, "required", "A value is missing."};
    const JsonArray* const list = value->array();
    const auto wrong = [&](std::string detail) {
        return FieldError{where, "invalid_type", std::move(detail)};
    };
    switch (takes) {
    case Takes::text:
        if (value->string() == nullptr) return wrong("The value is a text.");
        break;
    case Takes::list:
        if (list == nullptr) return wrong("The value is a list.");
        break;
    case Takes::pair:
        if (list == nullptr || list->size() != 2) return wrong("The value is a list of two.");
        break;
    case Takes::number:
        if (value->number() == nullptr) return wrong("The value is a number.");
        break;
    case Takes::duration:
        if (!seconds_of(*value))
            return FieldError{where, "invalid_format",
                              "The value is a duration such as 7d or 12h, or a number of days."};
        break;
    default: break;
    }
    return std::nullopt;
}

/// The members of either form, or what is wrong with them.
std::vector<FieldError> faults_of_members(const JsonObject& members, const std::string& pointer) {
    std::vector<FieldError> errors;
    constexpr std::array<std::string_view, 4> known = {"operator", "type", "field", "value"};
    for (const JsonMember& member : members)
        if (std::ranges::find(known, member.name) == known.end()) {
            std::string where = pointer + '/';
            append_pointer_token(where, member.name);
            errors.push_back({where, "unknown_field", "A condition has no such member."});
        }
    if (members.contains("operator") && members.contains("type"))
        errors.push_back({pointer + "/type", "unknown_field", "It has an operator already."});
    return errors;
}

Json rule_of(const Form& form, const std::string& field, const Json& value) {
    const Json at = variable(field);
    if (form.operation.starts_with("changed")) return change_rule(form.operation, field, value);
    if (form.takes == Takes::nothing) return operation(form.operation, {at, nullptr});
    if (form.takes == Takes::duration)
        return operation(form.operation, {at, *seconds_of(value), variable("event.time")});
    if (form.operation == "matches") return operation(form.operation, {at, value});
    return operation(form.operation, {at, literal(value)});
}

/// Of the record that an event of this kind is about.
bool asks_own_change(const Json& condition, std::string_view kind) {
    const std::string field = condition.text("field");
    const std::string_view named = kind_of_field(field);
    const auto name = condition.text("operator", condition.text("type"));
    return !name.starts_with("changed") || named.empty() || named == kind ||
           (named == "opportunity" && kind == "deal");
}

} // namespace

std::vector<FieldError> change_faults(const Json& conditions, std::string_view kind,
                                      std::string_view pointer) {
    std::vector<FieldError> errors;
    const JsonArray* const list = conditions.array();
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i)
        if (!asks_own_change((*list)[i], kind))
            errors.push_back({std::string(pointer) + '/' + std::to_string(i) + "/field",
                              "invalid_choice",
                              "The trigger's events tell of changes of the " + std::string(kind) +
                                  " alone: a field of that is expected."});
    return errors;
}

Result<Json> rule_of_condition(const Json& condition, const std::string& pointer) {
    const JsonObject* const members = condition.object();
    if (members == nullptr)
        return invalid({{pointer, "invalid_type", "A condition is an object."}});
    std::vector<FieldError> errors = faults_of_members(*members, pointer);
    const std::string naming = members->contains("type") ? "type" : "operator";
    const Json* const name = members->find(naming);
    const Json* const field = members->find("field");
    const Json* const value = members->find("value");
    if (name == nullptr) {
        errors.push_back({pointer + "/operator", "required", "An operator is missing."});
        return invalid(std::move(errors));
    }
    const auto form = std::ranges::find(forms, condition.text(naming), &Form::name);
    if (form == forms.end()) {
        errors.push_back({pointer + '/' + naming, "invalid_choice", "There is no such operator."});
        return invalid(std::move(errors));
    }
    const bool has_default_field = form->name == "value_threshold";
    if (field == nullptr && !has_default_field)
        errors.push_back({pointer + "/field", "required", "A field is missing."});
    else if (field != nullptr && (field->string() == nullptr || field->string()->empty()))
        errors.push_back({pointer + "/field", "invalid_type", "A field is a path as text."});
    if (auto fault = fault_of_value(form->takes, value, pointer + "/value"))
        errors.push_back(std::move(*fault));
    if (!errors.empty()) return invalid(std::move(errors));
    return rule_of(*form, field == nullptr ? "value" : *field->string(),
                   value_of(*members, "value"));
}

} // namespace throughline::rules
