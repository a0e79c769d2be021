#pragma once
#include "domain/identity/forms.hpp"
#include "domain/identity/membership.hpp"
#include "handlers/commands.hpp"
#include "handlers/identity/credentials.hpp"
#include "handlers/identity/password_hasher.hpp"

namespace throughline {

/// The people of a tenant, as its owners and admins see to them. Thread-safe; blocks on the
/// database and on hashing.
class Members {
  public:
    Members(EventStore& store, const RecordCommands& commands, Credentials& credentials,
            PasswordHasher& hasher)
        : store_(store), commands_(commands), credentials_(credentials), hasher_(hasher) {}

    /// Makes an account and its owner a member. An address that has an account, here or elsewhere,
    /// is a conflict with code `taken`: whoever it belongs to has to accept an invitation.
    [[nodiscard]] Result<Written> add(const CommandContext& context, const std::string& actor_role,
                                      const NewMember& form) const;
    /// A merge patch of role and active. The tokens of who is no longer active are void from then
    /// on. An active owner remains in every tenant, also where two change each other at once.
    [[nodiscard]] Result<Written> change(const CommandContext& context,
                                         const std::string& actor_role, const Uuid& member,
                                         const Json& patch) const;

  private:
    EventStore& store_;
    const RecordCommands& commands_;
    Credentials& credentials_;
    PasswordHasher& hasher_;
};

/// Every field of user_kind(), an unset one by its initial value; version 0: no such member.
[[nodiscard]] Record member_record(const StreamHead& head);
[[nodiscard]] MemberStanding standing_of(const Uuid& id, const JsonObject& fields);
/// Where the change takes an owner away, another active one, whose stream must not move before the
/// command passes; the conflict where there is none. Else no write.
[[nodiscard]] Result<std::vector<StreamWrite>> owner_who_stays(EventStore& store,
                                                               const Uuid& tenant,
                                                               const MemberStanding& before,
                                                               const MemberStanding& after);

} // namespace throughline
