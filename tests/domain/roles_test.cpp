#include "domain/identity/caller.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <stdexcept>

namespace throughline {
namespace {

Caller caller(std::string_view role, bool others_hidden = false) {
    return {{}, level_of(role), others_hidden};
}

constexpr std::array bonds{Bond::own, Bond::shared, Bond::unowned, Bond::others};

} // namespace

TEST_CASE("the roles and their levels") {
    CHECK(level_of("owner") == 110);
    CHECK(level_of("admin") == 100);
    CHECK(level_of("manager") == 75);
    for (const char* role : {"sales", "analyst", "member"}) CHECK(level_of(role) == 50);
    CHECK(level_of("viewer") == 10);
    for (const char* role : {"", "Owner", "root", "authenticated"}) CHECK(level_of(role) == 0);
}

TEST_CASE("each permission is a row with a name of its own, and never easier for others' records") {
    std::set<std::string_view> names;
    for (const Grant& grant : grants()) {
        CAPTURE(grant.name);
        CHECK(names.insert(grant.name).second);
        CHECK(&grant_of(grant.permission) == &grant);
        CHECK(grant.own <= grant.shared);
        CHECK(grant.shared <= grant.others);
        CHECK(grant.least() > 0);
    }
    CHECK_THROWS_AS((void)grant_of(Permission::open), std::logic_error);
    CHECK_THROWS_AS((void)grant_of(Permission::undeclared), std::logic_error);
}

TEST_CASE("owner and admin may everything; nobody may anything") {
    for (const Grant& grant : grants())
        for (const Bond bond : bonds) {
            CAPTURE(grant.name);
            CHECK(caller("owner").may(grant.permission, bond));
            CHECK(caller("admin").may(grant.permission, bond));
            CHECK(Caller::system().may(grant.permission, bond));
            CHECK_FALSE(Caller{}.may(grant.permission, bond));
        }
    for (const Bond bond : bonds) CHECK_FALSE(Caller{}.sees(bond));
}

TEST_CASE("a manager may what concerns records and rules, and not the house itself") {
    const Caller manager = caller("manager");
    for (const Permission permission :
         {Permission::records_change, Permission::records_delete, Permission::records_bulk_delete,
          Permission::records_merge, Permission::changes_undo})
        for (const Bond bond : bonds) CHECK(manager.may(permission, bond));
    CHECK(manager.may(Permission::automations_read));
    CHECK(manager.may(Permission::automations_run));
    for (const Permission permission :
         {Permission::automations_change, Permission::audit_read, Permission::users_manage,
          Permission::api_keys_manage, Permission::tenant_change, Permission::records_erase,
          Permission::usage_read})
        CHECK_FALSE(manager.may(permission));
}

TEST_CASE("members change their own records and what belongs to all, and delete their own alone") {
    for (const char* role : {"sales", "analyst", "member"}) {
        const Caller member = caller(role);
        CHECK(member.may(Permission::records_create));
        CHECK(member.may(Permission::records_change, Bond::own));
        CHECK(member.may(Permission::records_change, Bond::shared));
        CHECK_FALSE(member.may(Permission::records_change, Bond::unowned));
        CHECK_FALSE(member.may(Permission::records_change, Bond::others));
        CHECK(member.may(Permission::records_delete, Bond::own));
        for (const Bond bond : {Bond::shared, Bond::unowned, Bond::others})
            CHECK_FALSE(member.may(Permission::records_delete, bond));
        CHECK(member.may(Permission::changes_undo, Bond::own));
        CHECK_FALSE(member.may(Permission::changes_undo, Bond::others));
        for (const Permission permission :
             {Permission::records_bulk_delete, Permission::records_merge,
              Permission::automations_read})
            CHECK_FALSE(member.may(permission));
    }
}

TEST_CASE("a viewer reads and looks after their own account, no more") {
    const std::set<std::string_view> expected{"account",        "roles.read",  "records.read",
                                              "records.export", "events.read", "users.read",
                                              "tenant.read"};
    std::set<std::string_view> found;
    for (const Grant& grant : grants())
        if (level_of("viewer") >= grant.least()) found.insert(grant.name);
    CHECK(found == expected);
}

TEST_CASE("where others' records are hidden, managers see them and those below do not") {
    for (const MemberRole& role : member_roles()) {
        CAPTURE(role.name);
        CHECK(caller(role.name).sees_all());
        const Caller restricted = caller(role.name, true);
        CHECK(restricted.sees_all() == (role.level >= level_of("manager")));
        CHECK(restricted.sees(Bond::others) == restricted.sees_all());
        for (const Bond bond : {Bond::own, Bond::shared, Bond::unowned})
            CHECK(restricted.sees(bond));
    }
}

TEST_CASE("what is hidden is refused as what is not there; what is seen is forbidden") {
    const Caller restricted = caller("member", true);
    const auto unseen = denial(restricted, Permission::records_change, Bond::others, "contact");
    REQUIRE(unseen);
    CHECK(unseen->refusal == Refusal::not_found);
    CHECK(unseen->detail == no_such("contact").detail);
    CHECK(unseen->denied == Permission::records_read_hidden);
    const auto seen = denial(restricted, Permission::records_change, Bond::unowned, "contact");
    REQUIRE(seen);
    CHECK(seen->refusal == Refusal::forbidden);
    CHECK(seen->denied == Permission::records_change);
    CHECK_FALSE(denial(restricted, Permission::records_change, Bond::own, "contact"));
}

TEST_CASE("events of what nobody thought of take as much as the audit log") {
    CHECK(permission_to_read("user") == Permission::users_read);
    CHECK(permission_to_read("api_key") == Permission::api_keys_manage);
    CHECK(permission_to_read("automation_run") == Permission::automations_read);
    CHECK(permission_to_read("secret_plan") == Permission::audit_read);
}

} // namespace throughline
