#pragma once
#include "api/router.hpp"
#include "api/routes/keyed_writes.hpp"
#include "bus/event_store.hpp"
#include "handlers/automation/run_history.hpp"

#include <functional>

namespace throughline {

/// `/automations/…/runs` and `/automations/dead-letters`: what rules did, and what to do about it.
struct AutomationRunRoutes {
    EventStore& store;
    const RunHistory& history;
    KeyedWrites writes;
    std::function<void()> on_due; // runs are to be taken up again

    [[nodiscard]] Routes rows() const;
};

[[nodiscard]] JsonObject automation_run_components();

} // namespace throughline
