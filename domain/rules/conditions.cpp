#include "domain/rules/conditions.hpp"

#include "domain/record/value.hpp"
#include "domain/rules/coerce.hpp"
#include "domain/rules/compiler.hpp"
#include "domain/rules/condition_form.hpp"
#include "domain/rules/jsonlogic.hpp"

namespace throughline::rules {

namespace {

constexpr std::size_t max_conditions = 100;

FieldError field_error(const RuleError& fault) {
    if (fault.type == "Unknown Operator") return {fault.pointer, "invalid_choice", fault.detail};
    if (fault.type == "Limit Exceeded") return {fault.pointer, "too_large", fault.detail};
    return {fault.pointer, "invalid_format", fault.detail};
}

Condition compiled(const Json& written, const Json& rule, std::string_view pointer,
                   std::vector<FieldError>& errors) {
    Condition made{written, compile_jsonlogic(rule, pointer)};
    for (const RuleError& fault : made.program.faults) errors.push_back(field_error(fault));
    return made;
}

Condition listed(const Json& written, std::string pointer, std::vector<FieldError>& errors) {
    if (is_jsonlogic(written)) return compiled(written, written, pointer, errors);
    auto rule = rule_of_condition(written, pointer);
    if (rule) return {written, compile_jsonlogic(*rule, pointer)};
    const Rejection refused = rule.error();
    errors.insert(errors.end(), refused.errors.begin(), refused.errors.end());
    return {};
}

} // namespace

bool is_jsonlogic(const Json& condition) {
    const JsonObject* const members = condition.object();
    return members != nullptr && members->size() == 1 &&
           find_operator(members->begin()->name) != nullptr;
}

bool says_nothing(const Json& conditions) {
    if (const JsonObject* const members = conditions.object()) return members->empty();
    const JsonArray* const list = conditions.array();
    return list != nullptr && list->size() == 1 && *list->begin() == Json(JsonObject{});
}

Result<Conditions> compile_conditions(const Json& conditions, std::string_view pointer) {
    if (says_nothing(conditions)) return Conditions{};
    Conditions made;
    std::vector<FieldError> errors;
    const std::string where(pointer);
    if (const JsonArray* const list = conditions.array()) {
        if (list->size() > max_conditions)
            return invalid({{where, "too_large", "A rule has at most 100 conditions."}});
        for (std::size_t i = 0; i < list->size(); ++i)
            made.push_back(listed((*list)[i], where + '/' + std::to_string(i), errors));
    } else if (conditions.object() != nullptr) {
        made.push_back(compiled(conditions, conditions, pointer, errors));
    } else if (!conditions.is_null()) {
        errors.push_back({where, "invalid_type", "Conditions are a JsonLogic object or a list."});
    }
    if (errors.size() > max_faults) errors.resize(max_faults);
    if (!errors.empty()) return invalid(std::move(errors));
    return made;
}

bool hold(const Conditions& conditions, Evaluator& evaluator, const Value& data) {
    for (const Condition& condition : conditions) {
        const Value* const result = evaluator.run(condition.program, data);
        if (result == nullptr || !is_true(*result)) return false;
    }
    return true;
}

Finding examine(const Condition& condition, Evaluator& evaluator, const Value& data) {
    const Value* const result = evaluator.run(condition.program, data);
    if (result == nullptr) return {false, evaluator.error()};
    return {is_true(*result), std::nullopt};
}

} // namespace throughline::rules
