#pragma once
#include "domain/record/change.hpp"

namespace throughline {

/// For kinds with a status that can be completed: `completed_at` is set with it, to the time of the
/// command unless another is given, and cleared when it is completed no more.
[[nodiscard]] Result<JsonObject> keep_completion_time(const Kind& kind, const Record& before,
                                                      JsonObject values, Time at);

} // namespace throughline
