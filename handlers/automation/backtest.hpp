#pragma once
#include "bus/event_store.hpp"
#include "bus/log_index.hpp"
#include "handlers/automation/compiled_rule.hpp"
#include "handlers/automation/event_contexts.hpp"

#include <functional>

namespace throughline {

/// Which part of the log a rule is tried against: of the positions, what bears a time of the range.
struct BacktestSpan {
    std::int64_t after = 0; // positions in (after, up_to]
    std::int64_t up_to = 0;
    Time from; // times in [from, to]
    Time to;
    int most_rings = 100'000; // of a schedule, whose times are tried as far as they are past
};

/// What a rule would have done.
struct BacktestResult {
    std::int64_t events = 0;  // that it waits for, rings of its clock among them
    std::int64_t matched = 0; // times that it fires
    JsonArray fires; // {"position", "subject", "at" (of a ring), "actions": [{"type", "rendered"}]}
    JsonArray only_old; // {"position", "subject"}: the other version alone fires
    JsonArray only_new;
    bool is_compared = false;
    JsonArray warnings; // {"pointer" (in the rule), "detail"}: what it cannot say

    /// {"fires", "warnings"} and, where another version was asked too, {"compared"}.
    [[nodiscard]] JsonObject to_json() const;
};

/// No more than these are listed; all are counted. Once what their actions are given has come to
/// 8 MiB, it is {"truncated": true} for the rest.
inline constexpr std::size_t most_listed_fires = 500;

/// Asks a rule, and another version of it perhaps, about each event of the past as the engine would
/// have. Reads alone: nothing is sent and nothing written. `progress` is told how far it is, from 0
/// to 1, and says whether to go on; false ends it early.
[[nodiscard]] BacktestResult
backtest(EventStore& store, LogIndex& index, const Registry& registry,
         const EventContexts& contexts, const RulePtr& rule, const RulePtr& other,
         const BacktestSpan& span,
         const std::function<bool(double, const BacktestResult&)>& progress);

} // namespace throughline
