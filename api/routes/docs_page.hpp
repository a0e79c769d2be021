#pragma once
#include "api/http.hpp"

namespace throughline {

/// The page of /docs, which renders /openapi.json and needs nothing else.
[[nodiscard]] std::string_view docs_page();

/// Its answer. The browser may run and show what stands in the page, known by its digest (CSP level
/// 3, section 2.3.1), and ask this server: no other host, no other script.
[[nodiscard]] Response docs_response();

} // namespace throughline
