#pragma once
#include "domain/json.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// JWS compact serialisation (RFC 7515 section 7.1) with HS256.
[[nodiscard]] std::string sign_jws(std::string_view payload, std::string_view secret);
/// The same for a header and payload that are encoded already: `header.payload`.
[[nodiscard]] std::string sign_segments(const std::string& segments, std::string_view secret);
/// The payload, an object, of a token whose header and signature are right; else nothing.
[[nodiscard]] std::optional<JsonObject> verify_jws(std::string_view token, std::string_view secret);

} // namespace throughline
