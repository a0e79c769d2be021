#pragma once
#include "api/http.hpp"

namespace throughline {

/// The elements of a comma-separated header (RFC 9110 section 5.6.1) over all its lines, trimmed
/// and in lower case; empty ones left out.
[[nodiscard]] std::vector<std::string> header_list(const Request& request, std::string_view name);

} // namespace throughline
