#pragma once
#include "domain/record/kind.hpp"
#include "domain/rules/actions.hpp"

namespace throughline::rules {

/// What is wrong with actions that are to be saved, beyond their form (check_actions): what fails
/// at every run, whatever the event. Only what is written without a template is known before.
/// Rules that are kept may have such.
[[nodiscard]] std::vector<FieldError> lasting_faults(const std::vector<Action>& actions);

/// Records of which of these kinds the actions make or change; where a template says it, of any
/// that it may be.
[[nodiscard]] std::vector<const Kind*> kinds_written(const std::vector<Action>& actions,
                                                     const Registry& registry);

} // namespace throughline::rules
