#include "domain/identity/membership.hpp"

#include "domain/identity/caller.hpp"
#include "domain/identity/user.hpp"

namespace throughline {

namespace {

/// Of who is an owner, about which the matrix of roles says nothing.
Rejection refuse(std::string detail) {
    Rejection rejection = forbidden(Permission::users_manage);
    rejection.detail = std::move(detail);
    return rejection;
}

} // namespace

Result<void> check_new_role(const std::string& actor_role, const std::string& role) {
    if (role == "owner" && actor_role != "owner")
        return refuse("Only an owner makes somebody an owner.");
    return {};
}

Result<void> check_member_change(const MemberStanding& actor, const MemberStanding& before,
                                 const MemberStanding& after) {
    if (actor.role != "owner" && before.role == "owner")
        return refuse("Only an owner changes an owner.");
    if (before.role != after.role)
        if (auto allowed = check_new_role(actor.role, after.role); !allowed) return allowed;
    if (actor.id == before.id && level_of(after.role) > level_of(before.role))
        return refuse("Nobody raises their own role.");
    return {};
}

bool takes_owner_away(const MemberStanding& before, const MemberStanding& after) {
    return before.is_acting_owner() && !after.is_acting_owner();
}

Rejection last_owner(const MemberStanding& before, const MemberStanding& after) {
    const char* const member = before.role != after.role ? "/role" : "/active";
    return {Refusal::conflict,
            "A tenant keeps an active owner: make another one first.",
            {{member, "last_owner", "This is the tenant's last active owner."}}};
}

Result<void> check_member_patch(const Json& patch) {
    std::vector<FieldError> errors;
    const Kind kind = user_kind();
    for (const Field& field : kind.fields)
        if (field.name != "role" && field.name != "active" && patch.find(field.name) != nullptr)
            errors.push_back({"/" + field.name, "read_only", "It is the member's own to change."});
    if (const Json* const active = patch.find("active"); active != nullptr && active->is_null())
        errors.push_back({"/active", "required", "It is true or false."});
    if (!errors.empty()) return invalid(std::move(errors));
    return {};
}

} // namespace throughline
