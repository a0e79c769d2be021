#pragma once
#include "domain/record/kind.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// The kinds beside the registry's, which have routes of their own: tenant, user, invitation,
/// API key, custom fields, view, import, automation rule, OpenAPI document.
[[nodiscard]] const std::vector<Kind>& identity_kinds();
/// What happens to them: tenants and users are never deleted, rules alone are restored.
[[nodiscard]] std::vector<std::string> identity_event_types(const Kind& kind);

/// One of the registry or of these, by singular or plural name; nullptr where there is none.
[[nodiscard]] const Kind* any_kind(const Registry& registry, std::string_view name);

} // namespace throughline
