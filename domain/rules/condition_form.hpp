#pragma once
#include "domain/result.hpp"

namespace throughline::rules {

/// The JsonLogic rule that a condition of a list stands for. Whether its pattern can be read is
/// known when that is compiled.
[[nodiscard]] Result<Json> rule_of_condition(const Json& condition, const std::string& pointer);

} // namespace throughline::rules
