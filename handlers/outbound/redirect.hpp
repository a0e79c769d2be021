#pragma once
#include "handlers/outbound/http_message.hpp"

#include <optional>
#include <string_view>

namespace throughline {

/// Makes of a request what a redirect wants (RFC 9110 section 15.4): 303 becomes GET, 301 and 302
/// turn POST into GET. To another origin ("https://host:port") only those headers go along that let
/// nobody in. Answers why it is not followed, where it leads from https to http.
[[nodiscard]] std::optional<HttpFault> redirect(HttpRequest& request, int status,
                                                std::string_view from, std::string_view to);

} // namespace throughline
