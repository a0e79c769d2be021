#pragma once
#include "domain/result.hpp"
#include "domain/rules/evaluator.hpp"

#include <vector>

namespace throughline::rules {

/// One condition, as it was written and as it runs.
struct Condition {
    Json written;
    Program program;
};

/// Whether a condition is a JsonLogic rule: an object of one operator.
[[nodiscard]] bool is_jsonlogic(const Json& condition);

/// All must hold; none always do.
using Conditions = std::vector<Condition>;

/// Whether conditions are an object without members, alone or as a list of it: there is none.
[[nodiscard]] bool says_nothing(const Json& conditions);

/// Compiles a rule's conditions: null, {}, a JsonLogic object, or a list of {"operator", "field",
/// "value"}, {"type", "field"?, "value"} and JsonLogic objects. Operators: equals, not_equals,
/// contains (an item of an array, a part of a text), not_contains, in, not_in, gt, gte, lt, lte,
/// between, starts_with, ends_with, exists, not_exists, changed, changed_from, changed_to,
/// older_than (a duration such as "7d" or "12h", or days as a number; of the event's time, a date
/// from its midnight in the evaluator's zone), matches (RE2); value_threshold (`value`, or the
/// field, is above). A field is a path with dots; a missing one is null. All are
/// JsonLogic operators too. Faults name the place below `pointer`.
[[nodiscard]] Result<Conditions> compile_conditions(const Json& conditions,
                                                    std::string_view pointer = "/conditions",
                                                    PatternRoom room = {});

/// Whether all hold, asking no further than the first that does not. One that ends in an error does
/// not hold. The evaluator's steps are for all of them together.
[[nodiscard]] bool hold(const Conditions& conditions, Evaluator& evaluator, const Value& data);

/// Whether one holds, and what went wrong in it if anything did. `steps` are those that are left to
/// the rule.
struct Finding {
    bool holds = false;
    std::optional<RuleError> error;
};
[[nodiscard]] Finding examine(const Condition& condition, Evaluator& evaluator, const Value& data,
                              std::size_t& steps);

} // namespace throughline::rules
