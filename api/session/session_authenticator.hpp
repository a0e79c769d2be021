#pragma once
#include "api/session/authenticator.hpp"
#include "api/session/denials.hpp"
#include "api/session/forgetful_map.hpp"
#include "api/session/tokens.hpp"
#include "handlers/identity/accounts.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace throughline {

/// Bearer tokens of ours, tickets on the event streams, and X-Tenant-ID. Remembers verified tokens
/// until they expire; who is a member, and that a session is not over, until an event changes it, 5
/// seconds at most: so old may a role be where no event arrives.
class SessionAuthenticator : public Authenticator {
  public:
    SessionAuthenticator(const Tokens& tokens, Accounts& accounts, Denials& denials)
        : tokens_(tokens), accounts_(accounts), denials_(denials) {}

    [[nodiscard]] Result<Principal> authenticate(const Request& request) override;
    /// The member's name, role, time zone or access may have changed: looked up again at the next
    /// request.
    void forget(const Uuid& user, const Uuid& tenant);
    /// Some of the user's sessions may be over: looked up again at the next request of each.
    void forget_user(const Uuid& user);
    /// The tenant's slug or what it sets may have changed, for all its members.
    void forget_tenant(const Uuid& tenant);
    /// What another process may have changed, by an event of its log.
    void see(const StoredEvent& event);
    /// What the request's valid token or ticket says; nothing where it has none.
    [[nodiscard]] std::optional<Claims> claims(const Request& request);

  private:
    using UserInTenant = std::pair<Uuid, Uuid>;
    struct HashOfBoth {
        std::size_t operator()(const UserInTenant& key) const noexcept {
            return std::hash<Uuid>{}(key.first) * 31 + std::hash<Uuid>{}(key.second);
        }
    };
    struct Remembered {
        Membership membership;
        std::chrono::steady_clock::time_point until;
    };
    struct Session {
        Uuid user;
        std::chrono::steady_clock::time_point until;
    };
    [[nodiscard]] bool is_over(const Claims& said);
    [[nodiscard]] std::optional<Claims> verified(const std::string& token);
    [[nodiscard]] std::optional<Membership> membership(const Uuid& user, const Uuid& tenant);
    [[nodiscard]] std::optional<Membership> chosen(const Claims& claims, const std::string& tenant);

    const Tokens& tokens_;
    Accounts& accounts_;
    Denials& denials_;
    std::mutex mutex_;
    std::uint64_t forgotten_ = 0; // how often; what was looked up before is not kept
    ForgetfulMap<std::string, Claims> tokens_seen_{4096};
    ForgetfulMap<UserInTenant, Remembered, HashOfBoth> memberships_{16384};
    ForgetfulMap<Uuid, Session> sessions_{16384}; // by the token's id: those that were not over
};

} // namespace throughline
