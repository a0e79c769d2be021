#pragma once
#include "api/router.hpp"
#include "api/routes/keyed_writes.hpp"
#include "api/session/guess_limits.hpp"
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

/// 429, with Retry-After and the limit that is used up.
[[nodiscard]] Response too_many_guesses(const TooManyGuesses& limit, const Request& request);
/// Whether it says nothing of a guess: that nobody looked at it, or that it was right and in vain.
[[nodiscard]] inline bool is_silent_of_guess(Refusal refusal) {
    return refusal == Refusal::malformed || refusal == Refusal::conflict ||
           refusal == Refusal::unavailable;
}
/// What comes of a guess that was counted: it does not count where it was right, nor where it is
/// not known to be wrong (such a refusal, or an exception, which goes on).
template <class Act>
[[nodiscard]] auto as_guess(GuessLimits& guesses, const std::string& what, const Request& request,
                            const Act& act) {
    try {
        auto done = act();
        if (done)
            guesses.forgive(what, request.remote_address);
        else if (is_silent_of_guess(done.error().refusal))
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
    KeyedWrites writes;

    /// /auth/register, login, refresh, logout, password-reset; /me, /me/password.
    [[nodiscard]] Routes rows() const;
};

/// The access token that goes out with a sign-in.
[[nodiscard]] Claims claims_of(const SignedIn& session, Time at, std::chrono::seconds lifetime);

/// JSON Schemas of the components that the rows name.
[[nodiscard]] JsonObject identity_components();

} // namespace throughline
