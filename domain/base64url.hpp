#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// RFC 4648 section 5 without padding. Decoding takes nothing but what encoding gives.
[[nodiscard]] std::string base64url(std::string_view bytes);
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

} // namespace throughline
