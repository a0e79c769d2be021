#pragma once
#include "domain/rules/context.hpp"

namespace throughline::rules {

/// What a rule with this trigger sees of sample data, {"contact": {…}, "changes"?, …}: the sample
/// completed by what it leaves out. Records are named by their kinds, a deal also as `opportunity`;
/// of `changes`, {"field": {"old", "new"}}, follow old_stage and the like. Any member of the sample
/// stands as it was given, flat names too.
[[nodiscard]] JsonObject sample_context(const Registry& registry, const Json& trigger,
                                        const JsonObject& sample, ContextSource source);

} // namespace throughline::rules
