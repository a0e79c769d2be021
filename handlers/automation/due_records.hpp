#pragma once
#include "bus/database.hpp"
#include "handlers/automation/triggers.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace throughline {

/// A task or activity that is not done, and when it is due: a day begins at its midnight in the
/// tenant's time zone.
struct DueRecord {
    Uuid id;
    Time due;
    Time changed; // last, by whomever
    Time created{};
};

/// The field that says when a task or an activity is due.
[[nodiscard]] std::string due_field(const std::string& kind);

/// What the scheduler asks of the lists; projections answer it.
class DueRecords {
  public:
    virtual ~DueRecords() = default;
    /// Those that are due after `from` and not after `until`.
    [[nodiscard]] virtual std::vector<DueRecord> due(const Uuid& tenant, const std::string& kind,
                                                     Time from, Time until) = 0;
};

/// Appends a trigger event for each record that came within the lead time of a rule that waits for
/// task.due_soon or activity.due_soon, once for a rule, a record and a due time. What fell due
/// within the last day and since the rule was saved is made up for, where the record was there, due
/// at that time and not done when it fell due. Safe in several processes at once. Blocks.
void tell_due_records(Database& system, EventStore& store, DueRecords& records,
                      const AutomationTriggers& triggers, Time now);

} // namespace throughline
