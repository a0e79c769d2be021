#include "bus/ids.hpp"
#include "handlers/identity/members.hpp"
#include "handlers/identity/one_time_tokens.hpp"
#include "tests/support/identity_world.hpp"

#include <doctest/doctest.h>

#include <array>
#include <thread>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

struct Fixture : IdentityWorld {
    Registry registry = standard_registry();
    RecordCommands commands{store, registry};
    Members members{store, commands, credentials, hasher};
    SignedIn ada = register_tenant("ada@example.com");

    [[nodiscard]] CommandContext by(const Uuid& actor) const {
        CommandContext context;
        context.tenant = ada.as.tenant.id;
        context.command_id = new_id();
        context.origin.actor_id = actor;
        context.caller = Caller::system();
        return context;
    }
    Uuid add(const std::string& email, const std::string& role) {
        const auto added =
            members.add(by(ada.as.member.id), "owner", {"Bob", email, role, "battery staple"});
        REQUIRE(added.has_value());
        return added->id;
    }
    [[nodiscard]] Result<Written> make(const Uuid& actor, const Uuid& member,
                                       const std::string& role) const {
        return members.change(by(actor), "owner", member, JsonObject{{"role", role}});
    }
};

} // namespace

TEST_CASE("two owners who demote each other at once leave one of them") {
    Fixture fixture;
    const Uuid ada = fixture.ada.as.member.id;
    for (int round = 0; round < 5; ++round) {
        const Uuid bob = fixture.add("bob" + std::to_string(round) + "@example.com", "owner");
        std::array<Result<Written>, 2> results{Rejection{}, Rejection{}};
        std::thread first([&] { results[0] = fixture.make(ada, bob, "member"); });
        results[1] = fixture.make(bob, ada, "member");
        first.join();
        CHECK(results[0].has_value() != results[1].has_value());
        const auto& refused = results[0] ? results[1] : results[0];
        CHECK(refused.error().refusal == Refusal::conflict);
        if (results[1]) CHECK(fixture.make(bob, ada, "owner").has_value());
        if (results[1]) CHECK(fixture.make(ada, bob, "member").has_value());
    }
}

TEST_CASE("of two who add one address at once, one makes it a user") {
    Fixture fixture;
    std::array<Result<Written>, 2> results{Rejection{}, Rejection{}};
    const auto add = [&](Result<Written>& result) {
        result = fixture.members.add(fixture.by(fixture.ada.as.member.id), "owner",
                                     {"Bob", "bob@example.com", "member", "battery staple"});
    };
    std::thread first([&] { add(results[0]); });
    add(results[1]);
    first.join();
    CHECK(results[0].has_value() != results[1].has_value());
    CHECK(fixture.accounts.sign_in({"bob@example.com", "battery staple"}).has_value());
}

TEST_CASE("a new user's password is hashed where there is one, once their address is looked up") {
    Fixture fixture;
    PasswordHasher busy(0); // has a turn for nobody
    const Members crowded(fixture.store, fixture.commands, fixture.credentials, busy);
    const auto refusal = [&](const NewMember& form) {
        const auto added = crowded.add(fixture.by(fixture.ada.as.member.id), "owner", form);
        return added ? std::nullopt : std::optional(added.error().refusal);
    };
    CHECK(refusal({"Ada", "ada@example.com", "member", "battery staple"}) == Refusal::conflict);
    CHECK(refusal({"Bob", "bob@example.com", "member", "battery staple"}) == Refusal::unavailable);
    CHECK_FALSE(fixture.accounts.find("bob@example.com").has_value());
    CHECK(refusal({"Bob", "bob@example.com", "member", std::nullopt}) == std::nullopt);
    CHECK(fixture.accounts.find("bob@example.com").has_value());
}

TEST_CASE("a user who is not active has no membership, and their sessions are over") {
    Fixture fixture;
    const Uuid bob = fixture.add("bob@example.com", "member");
    const Uuid tenant = fixture.ada.as.tenant.id;
    const auto session = fixture.accounts.sign_in({"bob@example.com", "battery staple"});
    REQUIRE(session.has_value());
    const auto set_active = [&](bool active) {
        return fixture.members
            .change(fixture.by(fixture.ada.as.member.id), "owner", bob,
                    JsonObject{{"active", active}})
            .has_value();
    };
    REQUIRE(set_active(false));
    CHECK_FALSE(fixture.accounts.membership(bob, tenant).has_value());
    CHECK(fixture.accounts.memberships(bob).empty());
    CHECK_FALSE(fixture.accounts.find("bob@example.com").has_value());
    REQUIRE(set_active(true));
    CHECK(fixture.accounts.membership(bob, tenant).has_value());
    CHECK_FALSE(fixture.accounts.refresh(session->refresh_token).has_value());
}

TEST_CASE("a one-time token is spent once, by one, and voids the others of its subject") {
    Fixture fixture;
    OneTimeTokens tokens(fixture.system);
    const auto purpose = OneTimeTokens::Purpose::password_reset;
    const Uuid user = new_id();
    const std::string other = tokens.issue(purpose, {{}, user}, now() + 1h);
    const std::string token = tokens.issue(purpose, {{}, user}, now() + 1h);
    CHECK(tokens.count(purpose, user, now()) == 2);
    CHECK_FALSE(tokens.find(OneTimeTokens::Purpose::invitation, token, now()).has_value());
    CHECK_FALSE(tokens.spend(OneTimeTokens::Purpose::invitation, token, now()).has_value());
    CHECK_FALSE(tokens.spend(purpose, token, now() + 2h).has_value());
    std::array<bool, 2> spent{};
    std::thread first([&] { spent[0] = tokens.spend(purpose, token, now()).has_value(); });
    spent[1] = tokens.spend(purpose, token, now()).has_value();
    first.join();
    CHECK(spent[0] != spent[1]);
    CHECK_FALSE(tokens.find(purpose, other, now()).has_value());
    static_cast<void>(tokens.issue(purpose, {{}, user}, now() - 1h));
    tokens.sweep();
    CHECK(tokens.count(purpose, user, now() - 2h) == 0);
}
