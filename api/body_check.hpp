#pragma once
#include "api/router.hpp"

#include <optional>

namespace throughline {

/// Whether the route takes a body of this media type (415). A request without a body needs none.
[[nodiscard]] std::optional<Rejection> check_media_type(const Route& route, const Request& request,
                                                        bool has_body);

/// Reads the body as JSON into `request.json` where the route takes JSON: an object, or 400 or 422.
[[nodiscard]] std::optional<Rejection> read_json_body(const Route& route, Request& request);

} // namespace throughline
