#pragma once
#include "bus/database.hpp"
#include "bus/event.hpp"
#include "handlers/automation/compiled_rule.hpp"
#include "handlers/automation/triggers.hpp"

namespace throughline {

/// When a rule's clock rings after a time; nothing where it has none, or rings no more.
[[nodiscard]] std::optional<Time> next_ring(const CompiledRule& rule, Time after);

/// When a cron rule rings next, in the table `automation_clocks`: set when the rule is saved, by
/// the transaction that takes the event in. A ring that is due stays due where the schedule is the
/// same. `rule` is nullptr where it is not enabled.
void set_clock(pqxx::transaction_base& transaction, const RulePtr& rule, const StoredEvent& event);

/// Sets the clock of an enabled rule that has none, as one has that could not ring when it was
/// saved: it rings from a time on. A clock that is there stays as it is.
void set_missing_clock(pqxx::transaction_base& transaction, const CompiledRule& rule, Time from);

/// Rings the clocks that are due: each appends an `automation_trigger` event of its rule. After a
/// standstill a clock rings once, for the latest time that it missed, and its event says how many
/// there were. Safe in several processes at once. Blocks; returns how many rang. Those that
/// have a fault, however many, keep no other from ringing: what was wrong is thrown at the end.
std::size_t ring_clocks(Database& system, const AutomationTriggers& triggers, Time now);

/// Has clocks that are set to later than they ring next ring then: they were set by a server whose
/// own clock stood ahead. What rang meanwhile for a time to come does not ring again. Blocks;
/// returns how many there were.
std::size_t set_back_clocks(Database& system, Time now);

} // namespace throughline
