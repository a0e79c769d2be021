#pragma once
#include "domain/result.hpp"

namespace throughline::rules {

/// The JsonLogic rule that a condition of a list stands for.
[[nodiscard]] Result<Json> rule_of_condition(const Json& condition, const std::string& pointer);

} // namespace throughline::rules
