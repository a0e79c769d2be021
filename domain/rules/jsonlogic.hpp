#pragma once
#include "domain/rules/evaluator.hpp"
#include "domain/rules/program.hpp"

namespace throughline::rules {

/// More values than these in a rule are refused, and deeper nesting.
inline constexpr std::size_t max_rule_values = 10'000;
inline constexpr std::size_t max_rule_depth = max_json_depth;

/// Compiles a JsonLogic rule: the operators of jsonlogic.com; `val`, `exists`, `??`, `try`,
/// `throw`, `length`, `preserve`, chained comparisons and arguments, and scopes, of the json-logic
/// organisation; and those that conditions.hpp lists. `pointer` is where the rule stands. Never
/// refuses: see `Program::faults`.
[[nodiscard]] Program compile_jsonlogic(const Json& rule, std::string_view pointer = "");
/// One of several that share the room for patterns.
[[nodiscard]] Program compile_jsonlogic(const Json& rule, std::string_view pointer,
                                        PatternRoom& patterns);

} // namespace throughline::rules
