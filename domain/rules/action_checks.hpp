#pragma once
#include "domain/rules/actions.hpp"

namespace throughline::rules {

/// What is wrong with actions that are to be saved, beyond their form (check_actions): what fails
/// at every run, whatever the event. Only what is written without a template is known before.
/// Rules that are kept may have such.
[[nodiscard]] std::vector<FieldError> lasting_faults(const std::vector<Action>& actions);

} // namespace throughline::rules
