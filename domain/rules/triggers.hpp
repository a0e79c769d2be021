#pragma once
#include "domain/json.hpp"
#include "domain/record/kind.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace throughline::rules {

/// An event that a rule may wait for: a type of the log, or one that is made of it.
struct TriggerEvent {
    std::string name;              // "deal.stage_changed", "deal.high_value", "task.due_soon"
    std::string kind;              // of the record that it is about
    std::string description;       // for people
    std::vector<std::string> data; // what a rule sees beside the record
};

/// All of them, for these kinds of record.
[[nodiscard]] std::vector<TriggerEvent> trigger_events(const Registry& registry);

/// A trigger of the module form (GET /automation/triggers).
struct ModuleTrigger {
    std::string_view id;     // "opportunity_created"
    std::string_view module; // "crm", "sales"
    std::string_view event;  // ours
    std::string_view description;
    std::span<const std::string_view> data; // flat names that a rule sees
};

[[nodiscard]] std::span<const ModuleTrigger> module_triggers();
/// nullptr where there is none.
[[nodiscard]] const ModuleTrigger* find_module_trigger(std::string_view id);

/// The trigger events that an event of the log is, `deal.high_value` aside, which depends on a
/// rule's threshold: its own type; `deal.stage_changed` of one that was won or lost and the like;
/// `message.received` of a message that came in. `data` is the event's.
[[nodiscard]] std::vector<std::string> trigger_names(const Kind& kind, std::string_view type,
                                                     const JsonObject& data);

/// Whether a deal's value rises above a threshold by this event: on create, restore or a change
/// of any kind, a merge among them.
[[nodiscard]] bool rises_above(double threshold, std::string_view type, const JsonObject& data);
/// The threshold that a rule's conditions name, of a condition of type value_threshold on the
/// deal's value; else the tenant's.
[[nodiscard]] double threshold_of(const Json& conditions, double tenants);

} // namespace throughline::rules
