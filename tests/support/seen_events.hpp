#pragma once
#include "api/past_records.hpp"
#include "tests/support/house.hpp"

namespace throughline {

/// What rules see of events, in a world.
struct SeenEvents {
    explicit SeenEvents(HouseWorld& world)
        : kinds(world.store, world.registry), past(world.app, world.registry),
          contexts(kinds, world.registry, records) {}

    TenantKinds kinds;
    Past past;
    PastRecords records{past};
    EventContexts contexts;
};

} // namespace throughline
