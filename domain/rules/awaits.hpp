#pragma once
#include "domain/rules/triggers.hpp"

namespace throughline::rules {

/// What decides for which events a rule waits. `threshold` is the tenant's high_value_threshold,
/// which the rule's conditions may replace.
struct Awaiting {
    const Json& trigger;
    const Json& conditions;
    double threshold = 0;
};

/// Whether such a rule waits for an event of a record in the log.
[[nodiscard]] bool awaits(const Awaiting& rule, const Kind& kind, std::string_view type,
                          const JsonObject& data);

/// Whether it waits for the event that a context tells of, as a sample has it: its own, unless that
/// is a deal of high value whose value does not rise so far.
[[nodiscard]] bool awaits_sample(const Awaiting& rule, const JsonObject& context);

} // namespace throughline::rules
