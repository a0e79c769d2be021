#pragma once
#include "api/router.hpp"
#include "api/session/denials.hpp"
#include "api/session/idempotency.hpp"
#include "handlers/bulk/bulk_changes.hpp"
#include "handlers/bulk/bulk_requests.hpp"
#include "handlers/bulk/lookup.hpp"
#include "handlers/tenant_kinds.hpp"

namespace throughline {

/// POST /{kind}/bulk: one change of many records, with a result for each.
struct BulkRoutes {
    const Registry& registry;
    EventStore& store;
    const BulkChanges& bulk;
    BulkRequests& requests;
    BulkLookup& lookup;
    IdempotencyKeys& keys;
    Denials& denials;
    TenantKinds& kinds;

    [[nodiscard]] Routes rows() const;
};

} // namespace throughline
