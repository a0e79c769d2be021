#include "handlers/automation/effect.hpp"

#include "domain/rules/actions.hpp"
#include "handlers/automation/loop_guard.hpp"

#include <stdexcept>

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

Actions complete(Actions actions) {
    for (const rules::ActionType& type : rules::action_types())
        if (!actions.contains(type.name))
            throw std::runtime_error("nothing does the action " + std::string(type.name));
    return actions;
}

} // namespace throughline
