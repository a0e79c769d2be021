#pragma once
#include "api/http.hpp"
#include "handlers/automation/rule_values.hpp"

namespace throughline {

/// Why the caller does not save or switch on a rule with these fields, or open an address that
/// starts it, if so: it is an API key whose scopes do not reach as far as the rule does, which sees
/// all records and writes those that its actions name (docs/decisions/0021). Nothing for people.
[[nodiscard]] std::optional<Rejection>
fault_of_reach(const Principal& caller, const Registry& registry, const JsonObject& rule);

/// The same of a command that makes or changes a rule. One that only switches it off is let
/// through.
[[nodiscard]] Companion within_scopes(const Principal& caller, const Registry& registry);

/// And of one that saves what the caller wrote: that its actions can be done as well.
[[nodiscard]] Companion checked_rule(const Principal& caller, const RuleValues& values);

} // namespace throughline
