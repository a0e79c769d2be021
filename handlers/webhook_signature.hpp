#pragma once
#include <string>
#include <string_view>

namespace throughline {

/// What a webhook is signed with under one of standardwebhooks.com's symmetric signatures: "v1,"
/// and the base64 of the HMAC-SHA256 of id, timestamp and body. `key` is the bytes of the secret.
[[nodiscard]] std::string webhook_signature(std::string_view key, std::string_view id,
                                            std::string_view timestamp, std::string_view body);

/// A new secret as that standard writes it: whsec_ and the base64 of 32 random bytes.
[[nodiscard]] std::string new_webhook_secret();
/// The bytes of such a secret. Throws std::runtime_error where it is of another form.
[[nodiscard]] std::string webhook_key(std::string_view secret);

} // namespace throughline
