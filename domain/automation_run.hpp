#pragma once
#include "domain/record/kind.hpp"

namespace throughline {

/// A run of a rule, as the log tells it: stream `automation_run/<id>`. That it began and how it
/// ended are events, of which the second says which rule it was.
[[nodiscard]] Kind automation_run_kind();

/// What starts a rule without an event of a record: stream `automation_trigger/<id>`, of one event.
/// A clock that rang, a webhook that came in, somebody's word, a record that is due soon.
[[nodiscard]] Kind automation_trigger_kind();

/// Whether a tenant's rules rest because their actions failed too often: stream
/// `automation_breaker/<tenant id>`.
[[nodiscard]] Kind automation_breaker_kind();

} // namespace throughline
