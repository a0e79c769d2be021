#pragma once
#include "domain/record/kind.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// The kinds beside the registry's, which have routes of their own: tenant and user.
[[nodiscard]] const std::vector<Kind>& identity_kinds();
/// They are made and changed, never deleted.
[[nodiscard]] std::vector<std::string> identity_event_types(const Kind& kind);

/// One of the registry or of these, by singular or plural name; nullptr where there is none.
[[nodiscard]] const Kind* any_kind(const Registry& registry, std::string_view name);

} // namespace throughline
