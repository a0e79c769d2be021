#pragma once
#include "api/router.hpp"
#include "bus/event_store.hpp"
#include "handlers/tenant_kinds.hpp"
#include "projections/lists.hpp"

namespace throughline {

/// GET /projects/{id}/tasks: the list of tasks, of one project, with their counts by status.
struct ProjectTaskRoutes {
    const Registry& registry;
    EventStore& store;
    Lists& lists;
    TenantKinds& kinds;

    [[nodiscard]] Routes rows() const;
};

[[nodiscard]] JsonObject project_task_components();

} // namespace throughline
