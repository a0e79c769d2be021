#pragma once
#include "api/router.hpp"
#include "domain/record/kind.hpp"

namespace throughline {

/// What rules are made of: /automations/triggers, /actions and /templates, the same for all
/// tenants.
[[nodiscard]] Routes rule_catalogue_routes(const Registry& registry);

/// A list that has one page.
[[nodiscard]] Response whole_list(JsonArray items);

[[nodiscard]] JsonObject rule_catalogue_components();

} // namespace throughline
