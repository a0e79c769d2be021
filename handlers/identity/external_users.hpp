#pragma once
#include "bus/event_store.hpp"
#include "domain/result.hpp"
#include "handlers/identity/accounts.hpp"
#include "handlers/identity/external_identity.hpp"

#include <optional>
#include <string>

namespace throughline {

/// People whom an identity provider vouches for become members of the tenant that it names, at
/// their first call, with the role that it gives. Stream `identity/<uuidv5(issuer, subject)>` of no
/// tenant says which user a subject is. Thread-safe; blocks on the database.
class ExternalUsers {
  public:
    ExternalUsers(EventStore& store, Accounts& accounts) : store_(store), accounts_(accounts) {}

    /// The membership with the provider's role, but for a tenant's last owner, who stays one. Made,
    /// linked or changed by events of actor and channel `sync` where it is not so yet: a subject
    /// seen before is the same user, else whoever has the address, else somebody new. An account
    /// that had the address loses its password and all sessions when a subject is linked to it. An
    /// address that the provider has not verified is shown, and no account is found by it.
    /// `forbidden` where tenant or role is unknown, the member was deactivated here, or an address
    /// that the provider has not verified is somebody's already.
    [[nodiscard]] Result<Membership> admit(const ExternalIdentity& who,
                                           const std::string& traceparent);

  private:
    struct Standing;
    [[nodiscard]] std::optional<Uuid> tenant_of(const ExternalIdentity& who);
    [[nodiscard]] Result<Standing> standing(const ExternalIdentity& who, const Uuid& tenant);
    [[nodiscard]] std::vector<StreamWrite> role_writes(const ExternalIdentity& who,
                                                       const Standing& now_is, Time at);
    [[nodiscard]] Result<std::vector<StreamWrite>> writes(const ExternalIdentity& who,
                                                          const Standing& now_is, Time at);

    EventStore& store_;
    Accounts& accounts_;
};

} // namespace throughline
