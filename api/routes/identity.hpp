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
/// What comes of a guess that was counted: it does not count where it was right, nor where nobody
/// looked at it (`unavailable`, or an exception, which goes on).
template <class Act>
[[nodiscard]] auto as_guess(GuessLimits& guesses, const std::string& what, const Request& request,
                            const Act& act) {
    try {
        auto done = act();
        if (done)
            guesses.forgive(what, request.remote_address);
        else if (done.error().refusal == Refusal::unavailable)
            guesses.take_back(what, request.remote_address);
        return done;
    } catch (...) {
        guesses.take_back(what, request.remote_address);
        throw;
    }
}

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
