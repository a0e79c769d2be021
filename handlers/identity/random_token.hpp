#pragma once
#include <string>

namespace throughline {

/// 32 random bytes in base64url, so that SHA-256 is enough to keep it by.
[[nodiscard]] std::string random_token();
/// The SHA-256 of a token, hex.
[[nodiscard]] std::string token_hash(const std::string& token);

} // namespace throughline
