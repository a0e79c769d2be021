#pragma once
#include "api/routes/as_of.hpp"
#include "handlers/tenant_kinds.hpp"
#include "projections/past.hpp"
#include "projections/timeline.hpp"

namespace throughline {

/// What the route of timelines is made of.
struct TimelineRoutes {
    const Registry& registry;
    EventStore& store;
    Timeline& timeline;
    Past& past;
    LogMoments moments;
    TenantKinds& kinds;

    /// GET /timeline/{entity_type}/{entity_id}
    [[nodiscard]] Routes rows() const;
};

} // namespace throughline
