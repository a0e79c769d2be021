#pragma once
#include "domain/json.hpp"

namespace throughline {

/// A rule as it is read and written, and its versions.
[[nodiscard]] JsonObject rule_components();

} // namespace throughline
