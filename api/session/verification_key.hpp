#pragma once
#include "domain/json.hpp"
#include "domain/result.hpp"

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace throughline {

/// A key that checks the signatures of one algorithm and of no other (RFC 8725 section 3.1): HS256,
/// RS256 or ES256. Immutable, thread-safe, cheap to copy.
class VerificationKey {
  public:
    /// HS256. Refuses (invalid) a secret of less than 32 bytes (RFC 7518 section 3.2).
    [[nodiscard]] static Result<VerificationKey> of_secret(std::string secret);
    /// From a JSON Web Key (RFC 7517): `oct`, `RSA` of at least 2048 bits, or `EC` on P-256.
    /// Refuses (invalid) any other, and one whose `alg`, `use` or `key_ops` is for something else.
    [[nodiscard]] static Result<VerificationKey> of_jwk(const Json& jwk);

    [[nodiscard]] const std::string& id() const { return id_; } // `kid`; empty: it has none
    [[nodiscard]] std::string_view algorithm() const { return algorithm_; }
    [[nodiscard]] bool is_secret() const { return !public_key_; }
    /// `signature` as JWS has it: of ES256 the 64 bytes of R and S (RFC 7518 section 3.4).
    [[nodiscard]] bool verifies(std::string_view text, std::string_view signature) const;

  private:
    VerificationKey(std::string_view algorithm, std::string secret,
                    std::shared_ptr<evp_pkey_st> public_key);
    [[nodiscard]] static Result<VerificationKey> of_members(const Json& jwk);

    std::string id_;
    std::string_view algorithm_;
    std::string secret_;
    std::shared_ptr<evp_pkey_st> public_key_;
};

/// HMAC-SHA-256 (RFC 2104).
[[nodiscard]] std::string hmac_sha256(std::string_view text, std::string_view secret);

} // namespace throughline
