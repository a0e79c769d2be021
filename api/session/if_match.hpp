#pragma once
#include "api/http.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace throughline {

/// The versions that the request's If-Match takes (RFC 9110 section 13.1.1): unset where it takes
/// any. Tags that are weak or none of ours match nothing. A number without quotes counts as quoted.
/// Refuses (400) what is no list of tags.
[[nodiscard]] Result<std::optional<std::vector<std::int64_t>>>
read_if_match(const Request& request);

} // namespace throughline
