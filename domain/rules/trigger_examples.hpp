#pragma once
#include "domain/rules/context.hpp"
#include "domain/rules/triggers.hpp"

namespace throughline::rules {

/// What a rule sees of such an event, made of the example values of its kind's fields and of what
/// these refer to.
[[nodiscard]] JsonObject example_context(const Registry& registry, const TriggerEvent& event);

/// A tenant as rules see it.
[[nodiscard]] JsonObject example_tenant();

} // namespace throughline::rules
