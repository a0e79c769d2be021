#pragma once
#include "api/router.hpp"
#include "bus/event_store.hpp"
#include "bus/log_index.hpp"
#include "domain/record/kind.hpp"

namespace throughline {

/// GET /events/{id}/why: what led to an event, and what it led to. Events that the caller does not
/// see are left out; what lies beyond them is told all the same.
[[nodiscard]] Routes why_routes(EventStore& store, LogIndex& index, const Registry& registry);

/// Its component: Why.
[[nodiscard]] JsonObject why_components();

} // namespace throughline
