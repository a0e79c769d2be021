#pragma once
#include "api/router.hpp"
#include "api/routes/rule_answers.hpp"
#include "handlers/automation/event_contexts.hpp"
#include "handlers/automation/rule_values.hpp"
#include "handlers/identity/tenants.hpp"

namespace throughline {

/// `/automations`: automation rules, their versions, and rules made from templates. Whether the
/// engine runs them is no business of these routes.
struct AutomationRoutes {
    const Registry& registry;
    const RecordCommands& commands;
    EventStore& store;
    Lists& lists;
    IdempotencyKeys& keys;
    const LastRuns& runs;
    const Tenants& tenants;
    const EventContexts& contexts;

    [[nodiscard]] Routes rows() const;
    /// And those of the module form, the catalogue and dry runs.
    [[nodiscard]] Routes all_rows() const;

    [[nodiscard]] RuleAnswers answers() const { return {registry, store, keys, runs}; }
    [[nodiscard]] RuleValues values() const { return {commands, registry, store}; }
};

/// The components of all of these.
[[nodiscard]] JsonObject automation_components();

} // namespace throughline
