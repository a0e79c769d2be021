#pragma once
#include "bus/database.hpp"
#include "handlers/automation/triggers.hpp"

#include <chrono>
#include <cstddef>
#include <set>
#include <string>
#include <tuple>
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

/// Records that changed since they fell due and that nobody missed. That stays so, since what came
/// before the due time does, nor does it depend on the rule: they are not looked at again.
class NotMissed {
  public:
    [[nodiscard]] bool contains(const Uuid& tenant, const StreamKey& record, Time due) const {
        return records_.contains({due, tenant, record});
    }
    /// Nothing where it is full: that record is looked at again.
    void add(const Uuid& tenant, const StreamKey& record, Time due) {
        if (records_.size() < most) records_.emplace(due, tenant, record);
    }
    void forget_before(Time due) {
        records_.erase(records_.begin(), records_.lower_bound({due, {}, {}}));
    }

  private:
    static constexpr std::size_t most = 100'000;
    std::set<std::tuple<Time, Uuid, StreamKey>> records_; // the longest due first
};

/// Appends a trigger event for each record that came within the lead time of a rule that waits for
/// task.due_soon or activity.due_soon, once for a rule, a record and a due time. What fell due
/// within the last day and since the rule was saved is made up for, where the record was there, due
/// at that time and not done when it fell due. `not_missed` is kept from call to call. Safe in
/// several processes at once, each with its own `not_missed`. Blocks.
void tell_due_records(Database& system, EventStore& store, DueRecords& records,
                      const AutomationTriggers& triggers, NotMissed& not_missed, Time now);

} // namespace throughline
