#pragma once
#include "api/session/external_token_rules.hpp"
#include "api/session/provider_keys.hpp"
#include "domain/time.hpp"
#include "handlers/identity/external_identity.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// Tokens of an identity provider: JWTs of HS256 with its secret, of RS256 or ES256 with a key of
/// its JWKS. Thread-safe; may wait for keys.
class ExternalTokens {
  public:
    /// Without a secret and without keys no token is taken.
    ExternalTokens(ExternalTokenRules rules, const std::string& secret, ProviderKeys* keys);

    struct Claims {
        ExternalIdentity who;
        std::chrono::sys_seconds expires_at;
    };
    /// `unauthenticated` unless signature, times, issuer and audience are right and it says who it
    /// is for; `unavailable` where the provider's keys cannot be had. Role and tenant may be
    /// missing or unknown: whoever it is for then has no access.
    [[nodiscard]] Result<Claims> verify(const std::string& token, Time at) const;

  private:
    [[nodiscard]] Result<bool> is_signed(const Jws& token) const;
    [[nodiscard]] Result<Claims> read(const Json& payload) const;

    ExternalTokenRules rules_;
    std::vector<VerificationKey> secret_; // none or one
    ProviderKeys* keys_;
};

} // namespace throughline
