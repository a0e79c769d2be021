#pragma once
#include "api/router.hpp"
#include "api/routes/keyed_writes.hpp"
#include "api/routes/rule_answers.hpp"
#include "handlers/automation/backtests.hpp"
#include "handlers/automation/hooks.hpp"

#include <functional>

namespace throughline {

/// What starts rules besides changes of records: somebody's word (`/automations/{id}/run`) and
/// webhooks that come in (`/hooks/{token}`); and backtests, which start nothing.
struct AutomationStartRoutes {
    RuleAnswers answers;
    KeyedWrites writes;
    const AutomationTriggers& triggers;
    const Hooks& hooks;
    const Backtests& backtests;
    std::function<void()> on_ordered; // a backtest waits
    std::string base_url;             // of addresses for webhooks
    Secrets& secrets;                 // what signs those that go out is one

    [[nodiscard]] Routes rows() const;
};

[[nodiscard]] JsonObject automation_start_components();

} // namespace throughline
