#include "domain/identity/membership.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

const Uuid ann = uuid_of("0190a7c0-0000-7000-8000-000000000001");
const Uuid bob = uuid_of("0190a7c0-0000-7000-8000-000000000002");

MemberStanding with(const std::string& role, bool is_active = true) {
    return {bob, role, is_active};
}

bool may(const std::string& actor, const std::string& before, const std::string& after) {
    const auto allowed = check_member_change({ann, actor}, with(before), with(after));
    if (!allowed) CHECK(allowed.error().refusal == Refusal::forbidden);
    return allowed.has_value();
}

} // namespace

TEST_CASE("only an owner makes an owner or changes one") {
    CHECK(may("owner", "member", "owner"));
    CHECK(may("owner", "owner", "viewer"));
    CHECK(may("admin", "member", "admin"));
    CHECK(may("admin", "admin", "viewer"));
    CHECK_FALSE(may("admin", "member", "owner"));
    CHECK_FALSE(may("admin", "owner", "member"));
    CHECK_FALSE(
        check_member_change({ann, "admin"}, with("owner"), with("owner", false)).has_value());
    CHECK(check_new_role("owner", "owner").has_value());
    CHECK(check_new_role("admin", "admin").has_value());
    CHECK_FALSE(check_new_role("admin", "owner").has_value());
}

TEST_CASE("nobody raises their own role") {
    const auto change_own = [](const std::string& before, const std::string& after) {
        return check_member_change({bob, before}, with(before), with(after)).has_value();
    };
    CHECK_FALSE(change_own("manager", "admin"));
    CHECK_FALSE(change_own("viewer", "member"));
    CHECK(change_own("admin", "manager"));
    CHECK(change_own("owner", "admin"));
    CHECK(change_own("sales", "analyst"));
}

TEST_CASE("an owner is taken away by demotion and deactivation") {
    CHECK(takes_owner_away(with("owner"), with("admin")));
    CHECK(takes_owner_away(with("owner"), with("owner", false)));
    CHECK_FALSE(takes_owner_away(with("owner", false), with("admin", false)));
    CHECK_FALSE(takes_owner_away(with("owner"), with("owner")));
    CHECK_FALSE(takes_owner_away(with("member"), with("member", false)));
    CHECK(last_owner(with("owner"), with("admin")).errors.front().where == "/role");
    CHECK(last_owner(with("owner"), with("owner", false)).errors.front().where == "/active");
}

TEST_CASE("of a member, role and active are changed and nothing else") {
    CHECK(check_member_patch(JsonObject{{"role", "viewer"}, {"active", false}}).has_value());
    const auto refused =
        check_member_patch(JsonObject{{"name", "X"}, {"locale", "fr"}, {"active", nullptr}});
    REQUIRE_FALSE(refused.has_value());
    REQUIRE(refused.error().errors.size() == 3);
    CHECK(refused.error().errors[0].code == "read_only");
    CHECK(refused.error().errors[2].where == "/active");
}
