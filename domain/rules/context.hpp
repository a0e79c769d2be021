#pragma once
#include "domain/id.hpp"
#include "domain/record/kind.hpp"
#include "domain/time.hpp"

namespace throughline::rules {

/// What a rule's context is made of. `record` is the record as of the event: its fields, id and the
/// names beside its references; empty for a trigger without one (cron, webhook, manual).
struct ContextSource {
    const Kind* kind = nullptr; // nullptr where there is no record
    JsonObject record;
    JsonObject linked; // kind → record, of what it refers to: {"contact": {…}}
    std::string event_id;
    std::string event_type;
    Time time{};
    JsonObject data;   // the event's
    Json user;         // {"id", "name", "email"} of who did it, or null
    JsonObject tenant; // {"id", "slug", "name", …}
};

/// What conditions and templates of a rule see (docs/rules.md): {<kind>: record, linked records,
/// "user_id", "user", "company_name", "tenant", "event", "changes"}, old_stage and new_stage
/// (old_status, new_status), value, reason, and the flat names of the module form. The same for
/// live runs, dry runs and backtests.
[[nodiscard]] JsonObject rule_context(const ContextSource& source);
/// What a webhook or a start by hand brings: "payload", and its members beside it where nothing
/// else has their name.
void add_payload(JsonObject& context, const Json& payload);

} // namespace throughline::rules
