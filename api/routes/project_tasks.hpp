#pragma once
#include "api/routes/as_of.hpp"
#include "bus/event_store.hpp"
#include "handlers/tenant_kinds.hpp"
#include "projections/lists.hpp"
#include "projections/past.hpp"

namespace throughline {

/// GET /projects/{id}/tasks: the list of tasks, of one project, with their counts by status; as it
/// stood once, too.
struct ProjectTaskRoutes {
    const Registry& registry;
    EventStore& store;
    Lists& lists;
    TenantKinds& kinds;
    Past& past;
    LogMoments moments;

    [[nodiscard]] Routes rows() const;
};

[[nodiscard]] JsonObject project_task_components();

} // namespace throughline
