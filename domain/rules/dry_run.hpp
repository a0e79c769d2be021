#pragma once
#include "domain/rules/actions.hpp"
#include "domain/rules/conditions.hpp"

namespace throughline::rules {

/// What a rule would do of a context: nothing is sent, nothing is written.
struct DryRun {
    bool matched = false; // all conditions hold
    JsonArray conditions; // each as it was written, and its "result"; "error" where it ended in one
    JsonArray actions;    // {"type", "rendered"}, also where the conditions do not hold
    std::vector<TemplateWarning> warnings;
};

/// Asks all conditions, also behind one that does not hold. A path into an earlier action's result
/// leads nowhere yet: the warning says so.
[[nodiscard]] DryRun dry_run(const Conditions& conditions, const std::vector<Action>& actions,
                             const TemplateContext& context);

/// {"matched", "conditions", "actions", "warnings": [{"pointer", "detail"}]}
[[nodiscard]] JsonObject to_json(const DryRun& run);

} // namespace throughline::rules
