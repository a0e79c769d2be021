#pragma once
#include "bus/event_store.hpp"
#include "domain/identity/caller.hpp"
#include "domain/record/kind.hpp"

#include <span>
#include <vector>

namespace throughline {

/// Which events a caller sees: those of the records they see as these are now, deleted ones by what
/// they were last, and those of other streams by the permission to read them. So an event shows no
/// more than the record's history does (docs/decisions/0013-roles-and-visibility.md). One query for
/// many events where some records are hidden from the caller, else none. Thread-safe.
class EventSight {
  public:
    EventSight(EventStore& store, const Registry& registry) : store_(store), registry_(registry) {}

    /// The events of `tenant` that the caller sees, in their order.
    [[nodiscard]] std::vector<const StoredEvent*>
    seen(const Uuid& tenant, const Caller& caller, std::vector<const StoredEvent*> events) const;
    [[nodiscard]] bool sees(const Uuid& tenant, const Caller& caller,
                            const StoredEvent& event) const {
        return !seen(tenant, caller, {&event}).empty();
    }

  private:
    EventStore& store_;
    const Registry& registry_;
};

} // namespace throughline
