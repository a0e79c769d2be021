#pragma once
#include "api/routes/record_answers.hpp"
#include "handlers/automation/last_runs.hpp"
#include "projections/lists.hpp"

namespace throughline {

/// The kind of automation rules (domain/automation.hpp).
[[nodiscard]] const Kind& rule_kind();

/// How rules are read and written over HTTP, in either form: as /automations or as
/// /automation/rules has them.
struct RuleAnswers {
    const Registry& registry;
    EventStore& store;
    IdempotencyKeys& keys;
    const LastRuns& runs;

    /// A rule in the form that a route answers with.
    using Show = std::function<Json(const JsonObject& rule)>;

    /// A rule that is not deleted.
    [[nodiscard]] Result<StreamHead> find(const Request& request) const;
    /// As /automations shows it: conditions as they were written, and the last run.
    [[nodiscard]] JsonObject one(const Request& request, const StreamHead& head) const;
    /// With `fields` not empty those alone, as lists have them; `last_run` is one of them.
    [[nodiscard]] std::vector<JsonObject> all(const Request& request,
                                              const std::vector<ListItem>& items,
                                              const std::vector<std::string>& fields) const;
    /// Begins a command, for which the route has asked for the permission.
    [[nodiscard]] Result<Response> command(const Request& request, const RecordAnswers::Act& act,
                                           const Show& show) const;
};

/// The rule itself.
[[nodiscard]] Json as_it_is(const JsonObject& rule);

} // namespace throughline
