#pragma once
#include "domain/result.hpp"
#include "domain/rules/triggers.hpp"

namespace throughline::rules {

/// Rules in the module form (/automation/rules) and back. A trigger that no module has is of the
/// module `custom`, by its event's name with underscores (`task_due_soon`), or `cron`, `webhook`,
/// `manual`; the schedule of a cron has no place in this form, so that such a rule is read here and
/// not made. A condition with an operator is shown with that as its type, a JsonLogic one as
/// {"type": "jsonlogic", "value": the object}.

inline constexpr std::string_view custom_module = "custom";

struct ModuleTriggerName {
    std::string module;
    std::string id;
};

/// How the module form calls a rule's trigger.
[[nodiscard]] ModuleTriggerName module_name_of(const Json& trigger);

/// A trigger's name in any module, and the trigger that it stands for. Nothing where there is none.
[[nodiscard]] std::optional<Json> trigger_of_module(std::string_view module, std::string_view id);

/// The triggers of `custom`: those of the log that no module has, webhook and manual.
struct CustomTrigger {
    std::string id;
    std::string description;
    std::vector<std::string> data;
};
[[nodiscard]] std::vector<CustomTrigger> custom_triggers();

/// A rule in the module form, as it is answered.
[[nodiscard]] JsonObject to_module_rule(const JsonObject& rule, std::string_view tenant_slug);

/// The body that makes the rule of one in the module form; faults by their pointers in that one.
[[nodiscard]] Result<JsonObject> from_module_rule(const JsonObject& written,
                                                  std::string_view tenant_slug);

/// Where a fault of the rule stands in the module form: /trigger/event is /trigger_id.
[[nodiscard]] std::string module_pointer(std::string_view pointer);

} // namespace throughline::rules
