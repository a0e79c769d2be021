#pragma once
#include "domain/json.hpp"
#include "domain/time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// What is wrong with a claim set's times (RFC 7519 section 4.1), or nothing. They are whole
/// seconds since 1970; `exp` must be there. A token counts up to `leeway` after it; `nbf` and `iat`
/// may lie a minute ahead, for clocks that differ.
[[nodiscard]] std::optional<std::string> fault_of_times(const Json& claims, Time at,
                                                        std::chrono::seconds leeway);

/// One audience or several, of which `us` must be one (RFC 7519 section 4.1.3).
[[nodiscard]] bool is_for(const Json& claims, std::string_view us);

/// `exp` of claims whose times are right.
[[nodiscard]] std::chrono::sys_seconds expiry_of(const Json& claims);

} // namespace throughline
