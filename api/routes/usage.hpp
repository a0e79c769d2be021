#pragma once
#include "api/router.hpp"
#include "bus/event_store.hpp"
#include "projections/usage.hpp"

namespace throughline {

/// GET /usage: who called what how often, and what they did.
[[nodiscard]] Routes usage_routes(Usage& usage, EventStore& store);

/// JSON Schemas of the components that the row names.
[[nodiscard]] JsonObject usage_components();

} // namespace throughline
