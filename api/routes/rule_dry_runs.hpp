#pragma once
#include "api/router.hpp"
#include "api/routes/rule_answers.hpp"
#include "handlers/automation/event_contexts.hpp"
#include "handlers/automation/rule_values.hpp"
#include "handlers/identity/tenants.hpp"

namespace throughline {

/// POST /automations/{id}/test: what a rule would do of sample data, or of an event of the past.
/// Nothing is sent and nothing is written.
struct RuleDryRunRoutes {
    RuleAnswers answers;
    RuleValues values;
    const EventContexts& contexts;
    const Tenants& tenants;

    [[nodiscard]] Routes rows() const;
};

[[nodiscard]] JsonObject rule_dry_run_components();

} // namespace throughline
