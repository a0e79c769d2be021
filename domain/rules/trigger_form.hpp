#pragma once
#include "domain/result.hpp"

namespace throughline::rules {

/// What is wrong with a rule's trigger: {"type": "event", "event", "lead_time"?} (a duration, of
/// task.due_soon and activity.due_soon), {"type": "cron", "cron", "timezone"?}, {"type":
/// "webhook"},
/// {"type": "manual"}. Whether there is such a time zone is the handler's to look up.
[[nodiscard]] std::vector<FieldError> trigger_faults(const Json& trigger,
                                                     const std::string& pointer);

} // namespace throughline::rules
