#pragma once
#include "bus/event_store.hpp"
#include "handlers/automation/due_records.hpp"
#include "projections/lists.hpp"

namespace throughline {

/// What is due, from the lists of tasks and activities.
class ListedDueRecords : public DueRecords {
  public:
    ListedDueRecords(Lists& lists, EventStore& store, const Registry& registry)
        : lists_(lists), store_(store), registry_(registry) {}
    [[nodiscard]] std::vector<DueRecord> due(const Uuid& tenant, const std::string& kind, Time from,
                                             Time until) override;

  private:
    Lists& lists_;
    EventStore& store_;
    const Registry& registry_;
};

} // namespace throughline
