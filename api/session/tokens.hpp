#pragma once
#include "domain/id.hpp"
#include "domain/time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// `iss` of our own tokens.
inline constexpr std::string_view token_issuer = "throughline";

/// What a token says. `role` is what it was at issue; the one in force is the membership's.
struct Claims {
    Uuid user;
    Uuid tenant;
    std::string role;
    std::chrono::sys_seconds issued_at{};
    std::chrono::sys_seconds expires_at{};
    Uuid id; // nil where the token has none
    bool operator==(const Claims&) const = default;
};

/// Our own tokens: compact JWS (RFC 7515) with HS256 over JWT claims (RFC 7519) iss, aud, sub,
/// tenant_id, role, iat, exp, jti. A ticket opens event streams and nothing else: the same token
/// with another audience, so that any process with the secret takes it. Immutable, thread-safe.
class Tokens {
  public:
    explicit Tokens(std::string secret) : secret_(std::move(secret)) {}

    [[nodiscard]] std::string issue(const Claims& claims) const;
    [[nodiscard]] std::string issue_ticket(const Claims& claims) const;
    /// Nothing unless signature, header, issuer, audience, times and role are all right. Takes no
    /// algorithm but HS256, no `crit`, no padding.
    [[nodiscard]] std::optional<Claims> verify(std::string_view token, Time at) const;
    [[nodiscard]] std::optional<Claims> verify_ticket(std::string_view ticket, Time at) const;

  private:
    std::string secret_;
};

} // namespace throughline
