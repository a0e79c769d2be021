#pragma once
#include "api/router.hpp"
#include "api/session/idempotency.hpp"
#include "api/session/session_authenticator.hpp"
#include "handlers/commands.hpp"
#include "handlers/identity/accounts.hpp"

#include <chrono>

namespace throughline {

/// What the routes of sign-in and of one's own account are made of.
struct IdentityRoutes {
    Accounts& accounts;
    Credentials& credentials;
    SessionAuthenticator& authenticator;
    const Tokens& tokens;
    RecordCommands& commands;
    IdempotencyKeys& keys;
    std::chrono::seconds access_lifetime;

    /// /auth/register, login, refresh, logout; /me, /me/password.
    [[nodiscard]] Routes rows() const;
};

/// The access token that goes out with a sign-in.
[[nodiscard]] Claims claims_of(const SignedIn& session, Time at, std::chrono::seconds lifetime);

/// JSON Schemas of the components that the rows name.
[[nodiscard]] JsonObject identity_components();

} // namespace throughline
