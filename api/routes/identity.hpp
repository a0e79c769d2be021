#pragma once
#include "api/router.hpp"
#include "api/session/guess_limits.hpp"
#include "api/session/idempotency.hpp"
#include "api/session/session_authenticator.hpp"
#include "handlers/commands.hpp"
#include "handlers/identity/accounts.hpp"
#include "handlers/identity/password_resets.hpp"

#include <chrono>

namespace throughline {

/// Answers with the tokens of a sign-in: {"user", "tenant", "access_token", "refresh_token", …}.
struct SessionAnswers {
    const Tokens& tokens;
    std::chrono::seconds access_lifetime;

    [[nodiscard]] Response answer(int status, const SignedIn& session) const;
};

/// 429, with Retry-After: too many guesses.
[[nodiscard]] Response too_many_guesses(std::chrono::seconds wait, const Request& request);
/// The refusal of a guess that was counted. One that nobody looked at is none.
[[nodiscard]] Rejection refused_guess(GuessLimits& guesses, std::string_view what,
                                      const Request& request, Rejection refusal);

/// What the routes of sign-in and of one's own account are made of.
struct IdentityRoutes {
    Accounts& accounts;
    Credentials& credentials;
    SessionAuthenticator& authenticator;
    SessionAnswers sessions;
    PasswordResets& resets;
    GuessLimits& guesses;
    RecordCommands& commands;
    IdempotencyKeys& keys;

    /// /auth/register, login, refresh, logout, password-reset; /me, /me/password.
    [[nodiscard]] Routes rows() const;
};

/// The access token that goes out with a sign-in.
[[nodiscard]] Claims claims_of(const SignedIn& session, Time at, std::chrono::seconds lifetime);

/// JSON Schemas of the components that the rows name.
[[nodiscard]] JsonObject identity_components();

} // namespace throughline
