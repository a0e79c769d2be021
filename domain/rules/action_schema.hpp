#pragma once
#include "domain/rules/actions.hpp"

namespace throughline::rules {

/// JSON Schema (2020-12) of an action's parameters. A text with a template stands for any value.
[[nodiscard]] Json action_schema(const ActionType& type);

} // namespace throughline::rules
