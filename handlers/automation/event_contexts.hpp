#pragma once
#include "bus/event_store.hpp"
#include "domain/rules/context.hpp"
#include "handlers/automation/records_as_of.hpp"
#include "handlers/tenant_kinds.hpp"

#include <optional>
#include <span>
#include <vector>

namespace date {
class time_zone;
}

namespace throughline {

/// What rules see of events: the record as of the event, what it refers to and the tenant as they
/// were then, who did it. The same for runs, dry runs and backtests. Thread-safe; blocks on the
/// database.
class EventContexts {
  public:
    EventContexts(TenantKinds& kinds, const Registry& registry, RecordsAsOf& records)
        : kinds_(kinds), registry_(registry), records_(records) {}

    /// The record that an event is about: its own stream's, or the one that a trigger names.
    [[nodiscard]] std::optional<StreamKey> subject(const StoredEvent& event) const;
    /// Of events of one tenant, in their order.
    [[nodiscard]] std::vector<JsonObject> of(const Uuid& tenant,
                                             std::span<const StoredEvent* const> events) const;
    [[nodiscard]] JsonObject of(const StoredEvent& event) const;
    /// The tenant as rules see it, at a position: {"id", "slug", "name", "timezone", …}.
    [[nodiscard]] JsonObject tenant(const Uuid& tenant, std::int64_t at) const;

  private:
    struct Batch;
    TenantKinds& kinds_;
    const Registry& registry_;
    RecordsAsOf& records_;
};

/// The tenant's time zone, as a context has it.
[[nodiscard]] const date::time_zone& zone_in(const Json& context);

} // namespace throughline
