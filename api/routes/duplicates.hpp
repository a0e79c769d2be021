#pragma once
#include "api/router.hpp"
#include "projections/duplicates.hpp"

namespace throughline {

/// GET /{plural}/duplicates of every kind whose records can be alike.
[[nodiscard]] Routes duplicate_routes(const Registry& registry, Duplicates& duplicates);

/// JSON Schemas of the components that the rows name: DuplicateGroup, DuplicatePage.
[[nodiscard]] JsonObject duplicate_components();

} // namespace throughline
