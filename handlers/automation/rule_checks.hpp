#pragma once
#include "domain/json.hpp"
#include "domain/result.hpp"

namespace throughline {

/// What is wrong with the body of a rule that is to be saved, all of it: its form, and that there
/// are such time zones. Whether its owner is a member the command looks up.
[[nodiscard]] Result<void> check_new_rule(const Json& body);
[[nodiscard]] Result<void> check_rule_change(const Json& body);

} // namespace throughline
