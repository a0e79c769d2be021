#include "handlers/automation/effect.hpp"

#include "handlers/automation/loop_guard.hpp"

namespace throughline {

/// What a run does belongs together, so that it can be undone without the event that led to it.
Origin RunFacts::origin() const {
    Origin origin;
    origin.actor_id = owner.user;
    origin.actor_type = "automation";
    origin.channel = "automation";
    origin.correlation_id = run;
    origin.causation_id = event.id;
    origin.traceparent = event.origin.traceparent;
    origin.details = {{"rule_id", to_string(rule)},
                      {"rule_name", rule_name},
                      {"trigger_type", trigger_type},
                      {"depth", automation_depth(event) + 1}};
    return origin;
}

} // namespace throughline
