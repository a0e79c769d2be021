#pragma once
#include "domain/json.hpp"

namespace throughline {

/// JSON Schema of an object with these members, all of them required.
[[nodiscard]] Json object_of(JsonObject properties);

/// A rule as it is read and written, and its versions.
[[nodiscard]] JsonObject rule_components();

} // namespace throughline
