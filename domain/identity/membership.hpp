#pragma once
#include "domain/id.hpp"
#include "domain/json.hpp"
#include "domain/result.hpp"

#include <string>

namespace throughline {

/// A member as these rules see one.
struct MemberStanding {
    Uuid id;
    std::string role;
    bool is_active = true;
    [[nodiscard]] bool is_acting_owner() const { return is_active && role == "owner"; }
};

/// Whether `actor` may give this role to somebody new: only an owner makes an owner.
[[nodiscard]] Result<void> check_new_role(const std::string& actor_role, const std::string& role);

/// Whether `actor` may make `after` of `before`: only an owner changes an owner or makes one, and
/// nobody raises their own role. That an owner remains is `takes_owner_away`'s to say.
[[nodiscard]] Result<void> check_member_change(const MemberStanding& actor,
                                               const MemberStanding& before,
                                               const MemberStanding& after);
/// Whether the change takes an acting owner away, so that another must be there.
[[nodiscard]] bool takes_owner_away(const MemberStanding& before, const MemberStanding& after);
[[nodiscard]] Rejection last_owner(const MemberStanding& before, const MemberStanding& after);

/// A body that changes a member: role and active alone; anything else of theirs is their own.
[[nodiscard]] Result<void> check_member_patch(const Json& patch);

} // namespace throughline
