#pragma once
#include "api/router.hpp"
#include "domain/record/kind.hpp"

namespace throughline {

/// What rules are made of: /automations/triggers, /actions and /templates, the same for all
/// tenants.
[[nodiscard]] Routes rule_catalogue_routes(const Registry& registry);

[[nodiscard]] JsonObject rule_catalogue_components();

} // namespace throughline
