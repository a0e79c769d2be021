#pragma once
#include "api/openapi.hpp"

#include <vector>

namespace throughline {

/// The components that the routes name, beside those of records.
[[nodiscard]] std::vector<JsonObject> route_components();

} // namespace throughline
