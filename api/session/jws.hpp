#pragma once
#include "api/session/verification_key.hpp"
#include "domain/json.hpp"
#include "domain/result.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace throughline {

/// A token in JWS compact serialisation (RFC 7515 section 7.1), taken apart. Nothing of it is
/// believed yet.
struct Jws {
    std::string algorithm;
    std::string key_id; // `kid`; empty: any key
    std::string type;   // `typ`; empty: none
    std::string signed_text;
    std::string payload;
    std::string signature;
};

/// Refuses (unauthenticated) what is no such token, or asks for something that we would have to
/// understand: `crit` (section 4.1.11), `b64` (RFC 7797). Keys that a token names or brings along
/// itself (jku, jwk, x5u, x5c) are not looked at.
[[nodiscard]] Result<Jws> read_jws(std::string_view token);

/// Whether a key may have signed it: the algorithm is the key's, and so is the id where both have
/// one.
[[nodiscard]] bool fits(const Jws& token, const VerificationKey& key);
/// Whether the signature is one of these keys'.
[[nodiscard]] bool is_signed_by(const Jws& token, std::span<const VerificationKey> keys);

/// A token of HS256 over this payload.
[[nodiscard]] std::string sign_jws(std::string_view payload, std::string_view secret);
/// The same for a header and payload that are encoded already: `header.payload`.
[[nodiscard]] std::string sign_segments(const std::string& segments, std::string_view secret);
/// The payload, an object, of a JWT that this secret has signed with HS256; else nothing.
[[nodiscard]] std::optional<JsonObject> verify_jws(std::string_view token, std::string_view secret);

} // namespace throughline
