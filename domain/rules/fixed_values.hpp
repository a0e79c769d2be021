#pragma once
#include "domain/record/kind.hpp"
#include "domain/rules/actions.hpp"

namespace throughline::rules {

/// The members that an action writes into a record without a template.
struct FixedValues {
    const Kind* kind = nullptr;
    std::string pointer; // to where they stand
    JsonObject members;
};

/// Of all actions that make or change records of one of these kinds, which outlive the answer.
[[nodiscard]] std::vector<FixedValues> fixed_values(const std::vector<Action>& actions,
                                                    const Registry& kinds);

/// What actions say without a template and would be refused at every run: values of fields of these
/// kinds, what a new record lacks, addresses, days. Unknown fields are for `lasting_faults` to
/// find, and what is referred to is not looked up.
[[nodiscard]] std::vector<FieldError> value_faults(const std::vector<Action>& actions,
                                                   const Registry& kinds);

} // namespace throughline::rules
