#pragma once
#include "api/session/authenticator.hpp"
#include "api/session/bearers.hpp"
#include "api/session/denials.hpp"
#include "api/session/forgetful_map.hpp"
#include "handlers/identity/accounts.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace throughline {

/// Who a bearer is in the tenant asked for. Remembers that a session is not over and who is a
/// member until an event changes them, 5 seconds at most: so old may a role be where no event
/// arrives.
class SessionAuthenticator : public Authenticator {
  public:
    SessionAuthenticator(Bearers& bearers, Accounts& accounts, Denials& denials)
        : bearers_(bearers), accounts_(accounts), denials_(denials) {}

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
    /// The key may have been deleted.
    void forget_api_key(const Uuid& id) { bearers_.forget_key(id); }
    /// What the request's valid token, ticket or key says; nothing where it has none.
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
    [[nodiscard]] std::optional<Membership> membership(const Uuid& user, const Uuid& tenant);
    [[nodiscard]] std::optional<Membership> chosen(const Claims& claims, const std::string& tenant);

    Bearers& bearers_;
    Accounts& accounts_;
    Denials& denials_;
    std::mutex mutex_;
    std::uint64_t forgotten_ = 0; // how often; what was looked up before is not kept
    ForgetfulMap<UserInTenant, Remembered, HashOfBoth> memberships_{16384};
    ForgetfulMap<Uuid, Session> sessions_{16384}; // by the token's id: those that were not over
};

} // namespace throughline
