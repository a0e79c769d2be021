#include "domain/rules/conditions.hpp"

#include "domain/record/value.hpp"
#include "domain/rules/coerce.hpp"
#include "domain/rules/compiler.hpp"
#include "domain/rules/condition_form.hpp"
#include "domain/rules/jsonlogic.hpp"

namespace throughline::rules {

namespace {

constexpr std::size_t max_conditions = 100;

FieldError field_error(const RuleError& fault, const std::string& where) {
    if (fault.type == "Unknown Operator") return {where, "invalid_choice", fault.detail};
    if (fault.type == "Limit Exceeded") return {where, "too_large", fault.detail};
    return {where, "invalid_format", fault.detail};
}

/// Compiles the conditions of one rule.
struct RuleConditions {
    PatternRoom patterns;
    std::vector<FieldError> errors;

    Condition jsonlogic(const Json& rule, std::string_view pointer) {
        Condition made{rule, compile_jsonlogic(rule, pointer, patterns)};
        for (const RuleError& fault : made.program.faults)
            errors.push_back(field_error(fault, fault.pointer));
        return made;
    }

    Condition listed(const Json& written, const std::string& pointer) {
        if (is_jsonlogic(written)) return jsonlogic(written, pointer);
        const auto rule = rule_of_condition(written, pointer);
        if (!rule) {
            const Rejection refused = rule.error();
            errors.insert(errors.end(), refused.errors.begin(), refused.errors.end());
            return {};
        }
        Condition made{written, compile_jsonlogic(*rule, pointer, patterns)};
        for (const RuleError& fault : made.program.faults) // of a pattern
            errors.push_back(field_error(fault, pointer + "/value"));
        return made;
    }
};

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

Result<Conditions> compile_conditions(const Json& conditions, std::string_view pointer,
                                      PatternRoom room) {
    if (says_nothing(conditions)) return Conditions{};
    Conditions made;
    RuleConditions rule{room, {}};
    const std::string where(pointer);
    if (const JsonArray* const list = conditions.array()) {
        if (list->size() > max_conditions)
            return invalid({{where, "too_large", "A rule has at most 100 conditions."}});
        for (std::size_t i = 0; i < list->size(); ++i)
            made.push_back(rule.listed((*list)[i], where + '/' + std::to_string(i)));
    } else if (conditions.object() != nullptr) {
        made.push_back(rule.jsonlogic(conditions, pointer));
    } else if (!conditions.is_null()) {
        rule.errors.push_back(
            {where, "invalid_type", "Conditions are a JsonLogic object or a list."});
    }
    if (rule.errors.size() > max_faults) rule.errors.resize(max_faults);
    if (!rule.errors.empty()) return invalid(std::move(rule.errors));
    return made;
}

bool hold(const Conditions& conditions, Evaluator& evaluator, const Value& data) {
    std::size_t steps = evaluator.limits().steps;
    for (const Condition& condition : conditions) {
        const Value* const result = evaluator.run(condition.program, data, steps);
        if (result == nullptr || !is_true(*result)) return false;
    }
    return true;
}

Finding examine(const Condition& condition, Evaluator& evaluator, const Value& data,
                std::size_t& steps) {
    const Value* const result = evaluator.run(condition.program, data, steps);
    if (result == nullptr) return {false, evaluator.error()};
    return {is_true(*result), std::nullopt};
}

} // namespace throughline::rules
