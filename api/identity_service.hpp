#pragma once
#include "api/config.hpp"
#include "api/router.hpp"
#include "api/routes/identity.hpp"
#include "api/session/bearers.hpp"
#include "api/session/external_tokens.hpp"
#include "api/session/guess_limits.hpp"
#include "api/session/provider_keys.hpp"
#include "api/session/session_authenticator.hpp"
#include "api/session/tokens.hpp"
#include "handlers/identity/accounts.hpp"
#include "handlers/identity/api_keys.hpp"
#include "handlers/identity/credentials.hpp"
#include "handlers/identity/external_users.hpp"
#include "handlers/identity/invitations.hpp"
#include "handlers/identity/members.hpp"
#include "handlers/identity/one_time_tokens.hpp"
#include "handlers/identity/password_hasher.hpp"
#include "handlers/identity/password_resets.hpp"

#include <memory>
#include <set>
#include <string>

namespace throughline {

class Lists;

/// Who people and programs are: accounts, memberships, invitations, keys and the tokens that are
/// taken, and the routes to all of it.
struct IdentityService {
    struct Parts {
        const Config& config;
        Database& system;
        EventStore& store;
        const Registry& registry;
        RecordCommands& commands;
        Lists& lists;
        Mailer& mailer;
        Denials& denials;
        std::string secret; // of the access tokens
    };
    explicit IdentityService(Parts parts);

    const Parts with;
    Credentials credentials;
    PasswordHasher hasher;
    Accounts accounts;
    ApiKeys api_keys;
    const Members members;
    OneTimeTokens links;
    const Invitations invitations;
    PasswordResets resets;
    const Tokens tokens;
    const std::unique_ptr<ProviderKeys> provider_keys; // unset without JWKS_URL
    const ExternalTokens external_tokens;
    ExternalUsers external_users;
    Bearers bearers;
    SessionAuthenticator authenticator;
    GuessLimits guesses;

    /// `segments`: the first parts of all routes' paths, once they are known.
    [[nodiscard]] Routes rows(const KeyedWrites& writes,
                              const std::set<std::string, std::less<>>& segments);
};

} // namespace throughline
