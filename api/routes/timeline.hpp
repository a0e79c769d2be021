#pragma once
#include "api/router.hpp"
#include "bus/event_store.hpp"
#include "projections/timeline.hpp"

namespace throughline {

/// GET /timeline/{entity_type}/{entity_id}
[[nodiscard]] Routes timeline_routes(const Registry& registry, EventStore& store,
                                     Timeline& timeline);

} // namespace throughline
