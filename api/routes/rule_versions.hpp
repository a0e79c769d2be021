#pragma once
#include "api/router.hpp"
#include "api/routes/rule_answers.hpp"

namespace throughline {

/// Versions of a rule, which are those of its stream; also of a deleted one.

/// A page of them, newest first: {"version", "at", "event", "by", "channel", "changes": {"field":
/// {"old", "new"}}, "rule": as it was}.
[[nodiscard]] Result<Response> rule_versions(const RuleAnswers& answers, const Request& request);
/// The rule's fields at the version that the path names as `n`.
[[nodiscard]] Result<JsonObject> rule_at_version(const RuleAnswers& answers,
                                                 const Request& request);

} // namespace throughline
