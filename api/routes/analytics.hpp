#pragma once
#include "api/router.hpp"
#include "handlers/automation/analytics.hpp"

namespace throughline {

/// GET /analytics/events: what rules have tracked.
[[nodiscard]] Routes analytics_routes(Analytics& analytics);

/// AnalyticsEvent, AnalyticsEventList.
[[nodiscard]] JsonObject analytics_components();

} // namespace throughline
