#pragma once
#include "domain/json.hpp"

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace throughline {

/// The private half that an identity provider has: makes tokens and shows its public half.
class SigningKey {
  public:
    [[nodiscard]] static SigningKey rsa(unsigned bits = 2048);
    [[nodiscard]] static SigningKey ec(); // P-256

    /// The public half, with `kid` unless it is empty.
    [[nodiscard]] JsonObject jwk(const std::string& id = "") const;
    [[nodiscard]] std::string_view algorithm() const; // RS256 or ES256
    /// SHA-256; of P-256 in DER unless `as_jws`.
    [[nodiscard]] std::string signature(std::string_view text, bool as_jws = true) const;
    /// A token with this header and payload, whatever they say.
    [[nodiscard]] std::string token(std::string_view header, std::string_view payload) const;
    /// A token whose header names the key's algorithm and this `kid`.
    [[nodiscard]] std::string token(const std::string& id, const JsonObject& claims) const;

  private:
    explicit SigningKey(evp_pkey_st* key);
    std::shared_ptr<evp_pkey_st> key_;
};

/// `{"keys": […]}`
[[nodiscard]] std::string key_set_text(JsonArray keys);

} // namespace throughline
