#pragma once
#include "domain/record/kind.hpp"

#include <string_view>
#include <vector>

namespace throughline {

/// The kinds beside the registry's, which have routes of their own: tenant, user, invitation,
/// API key, custom fields, view, import, automation rule with its runs, triggers and breaker,
/// OpenAPI document. Each declares its `events`: tenants and users are never deleted, rules alone
/// are restored.
[[nodiscard]] const std::vector<Kind>& kinds_beside_records();

/// One of the registry or of these, by singular or plural name; nullptr where there is none.
[[nodiscard]] const Kind* any_kind(const Registry& registry, std::string_view name);

} // namespace throughline
