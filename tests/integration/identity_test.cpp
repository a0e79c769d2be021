#include "api/cli/token.hpp"
#include "api/session/session_authenticator.hpp"
#include "bus/ids.hpp"
#include "handlers/identity/one_time_tokens.hpp"
#include "tests/support/identity_world.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <sstream>
#include <thread>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

struct Fixture : IdentityWorld {
    Tokens tokens{"0123456789abcdef0123456789abcdef"};
    Denials denials;
    Bearers bearers{tokens};
    SessionAuthenticator authenticator{bearers, accounts, denials};

    std::string token_of(const SignedIn& session) {
        const auto issued = std::chrono::floor<std::chrono::seconds>(now());
        return tokens.issue({session.as.member.id, session.as.tenant.id, "viewer", issued,
                             issued + 1h, session.access_id});
    }
    Result<Principal> enter(const std::string& token, const std::string& tenant = "") {
        Request request;
        request.method = "GET";
        request.path = "/api/contacts";
        request.headers = {{"authorization", "Bearer " + token}, {"x-user-role", "owner"}};
        if (!tenant.empty()) request.headers.emplace_back("x-tenant-id", tenant);
        return authenticator.authenticate(request);
    }
    int count(const std::string& table) {
        int rows = 0;
        system.read({}, [&](pqxx::transaction_base& transaction) {
            rows = transaction.exec("select count(*) from " + table)[0][0].as<int>();
        });
        return rows;
    }
};

Refusal refusal_of(const Result<Principal>& result) {
    REQUIRE_FALSE(result.has_value());
    return result.error().refusal;
}

} // namespace

TEST_CASE("who has registered signs in, in whatever case, and nobody else does") {
    Fixture fixture;
    const SignedIn registered = fixture.register_tenant("Ada@Example.com");
    CHECK(registered.as.member.role == "owner");
    CHECK(registered.as.tenant.slug == "acme");
    CHECK(registered.position == 5);
    const auto signed_in = fixture.accounts.sign_in({"ada@example.com", "correct horse"});
    REQUIRE(signed_in.has_value());
    CHECK(signed_in->as.member.id == registered.as.member.id);
    const auto wrong = fixture.accounts.sign_in({"ada@example.com", "correct horsf"});
    const auto unknown = fixture.accounts.sign_in({"bob@example.com", "correct horse"});
    REQUIRE_FALSE(wrong.has_value());
    REQUIRE_FALSE(unknown.has_value());
    CHECK(wrong.error().refusal == Refusal::unauthenticated);
    CHECK(wrong.error().detail == unknown.error().detail);
}

TEST_CASE("a taken address or slug is a conflict, a made slug gets a number") {
    Fixture fixture;
    fixture.register_tenant("ada@example.com");
    CHECK(fixture.register_tenant("bob@example.com").as.tenant.slug == "acme-2");
    CHECK(fixture.register_tenant("cy@example.com").as.tenant.slug == "acme-3");
    const auto taken = fixture.accounts.register_tenant(
        {"Other", "acme-2", "Ada", "ADA@example.com", "correct horse"}, "");
    REQUIRE_FALSE(taken.has_value());
    CHECK(taken.error().refusal == Refusal::conflict);
    REQUIRE(taken.error().errors.size() == 2);
    CHECK(taken.error().errors[0].where == "/email");
    CHECK(taken.error().errors[1].where == "/tenant_slug");
    CHECK(taken.error().errors[0].code == "taken");
}

TEST_CASE("of several who register one address at once, one gets it; slugs never clash") {
    Fixture fixture;
    std::atomic<int> registered = 0;
    std::atomic<int> refused = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i)
        threads.emplace_back([&, i] {
            const std::string email =
                i < 3 ? "same@example.com" : "other" + std::to_string(i) + "@example.com";
            const auto result = fixture.accounts.register_tenant(
                {"Acme", std::nullopt, "A", email, "correct horse"}, "");
            ++(result ? registered : refused);
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(registered == 4);
    CHECK(refused == 2);
    CHECK(fixture.count("streams where kind = 'slug'") == 4);
}

TEST_CASE("a refresh token is good once; used again it ends its family") {
    Fixture fixture;
    const SignedIn session = fixture.register_tenant("ada@example.com");
    const auto other = fixture.accounts.sign_in({"ada@example.com", "correct horse"});
    const auto next = fixture.accounts.refresh(session.refresh_token);
    REQUIRE(next.has_value());
    CHECK(next->refresh_token != session.refresh_token);
    CHECK(next->access_id != session.access_id);
    CHECK_FALSE(fixture.accounts.refresh(session.refresh_token).has_value());
    CHECK_FALSE(fixture.accounts.refresh(next->refresh_token).has_value());
    CHECK(fixture.accounts.refresh(other->refresh_token).has_value());
    CHECK_FALSE(fixture.accounts.refresh("made up").has_value());
}

TEST_CASE("two who spend one refresh token at once end its family") {
    Fixture fixture;
    const SignedIn session = fixture.register_tenant("ada@example.com");
    std::vector<Result<SignedIn>> results(2, Rejection{});
    std::thread first([&] { results[0] = fixture.accounts.refresh(session.refresh_token); });
    results[1] = fixture.accounts.refresh(session.refresh_token);
    first.join();
    REQUIRE(results[0].has_value() != results[1].has_value());
    const auto& winner = results[0] ? results[0] : results[1];
    CHECK_FALSE(fixture.accounts.refresh(winner->refresh_token).has_value());
}

TEST_CASE("a token that comes back ends its family with the token that is just being made") {
    Fixture fixture;
    const SignedIn first = fixture.register_tenant("ada@example.com");
    const auto second = fixture.accounts.refresh(first.refresh_token);
    REQUIRE(second.has_value());
    // A new token is held up in the middle of its transaction.
    pqxx::connection holder(fixture.database.url());
    pqxx::nontransaction hold(holder);
    hold.exec("create function hold_up() returns trigger language plpgsql as "
              "'begin perform pg_advisory_xact_lock(4711); return new; end'");
    hold.exec("create trigger hold_up before insert on refresh_tokens "
              "for each row execute function hold_up()");
    hold.exec("select pg_advisory_lock(4711)");
    const auto waiting = [&] {
        return hold
            .exec1("select count(*) from pg_stat_activity where datname = "
                   "current_database() and wait_event_type = 'Lock'")[0]
            .as<int>();
    };
    std::optional<Credentials::Rotation> third;
    std::optional<Credentials::Rotation> reused;
    std::thread rotation([&] {
        third = fixture.credentials.rotate(second->refresh_token, new_id(), now(), now() + 1h);
    });
    CHECK(wait_until([&] { return waiting() == 1; }));
    std::thread reuse([&] {
        reused = fixture.credentials.rotate(first.refresh_token, new_id(), now(), now() + 1h);
    });
    CHECK(wait_until([&] { return waiting() == 2; }));
    hold.exec("select pg_advisory_unlock(4711)");
    rotation.join();
    reuse.join();
    CHECK_FALSE(reused.has_value());
    REQUIRE(third.has_value());
    CHECK_FALSE(fixture.accounts.refresh(third->token).has_value());
}

TEST_CASE("signing out and an expired token end a session") {
    Fixture fixture;
    const SignedIn by_refresh = fixture.register_tenant("ada@example.com");
    fixture.credentials.revoke_family(by_refresh.refresh_token);
    CHECK_FALSE(fixture.accounts.refresh(by_refresh.refresh_token).has_value());
    const auto by_access = fixture.accounts.sign_in({"ada@example.com", "correct horse"});
    fixture.credentials.revoke_family(by_access->access_id);
    CHECK_FALSE(fixture.accounts.refresh(by_access->refresh_token).has_value());
    const RefreshGrant grant{by_refresh.as.member.id, by_refresh.as.tenant.id, new_id()};
    const std::string hash = *fixture.credentials.password_hash(grant.user);
    const auto expired = fixture.credentials.begin_family(grant, now() - 1s, hash);
    REQUIRE(expired.has_value());
    CHECK_FALSE(fixture.accounts.refresh(*expired).has_value());
}

TEST_CASE("a new password ends the old one and every other session") {
    Fixture fixture;
    const SignedIn mine = fixture.register_tenant("ada@example.com");
    const auto other = fixture.accounts.sign_in({"ada@example.com", "correct horse"});
    const Uuid user = mine.as.member.id;
    const auto refused =
        fixture.accounts.change_password(user, {"wrong", "battery staple"}, mine.access_id, "");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().errors.front().where == "/current_password");
    REQUIRE(fixture.accounts
                .change_password(user, {"correct horse", "battery staple"}, mine.access_id, "")
                .has_value());
    CHECK_FALSE(fixture.accounts.sign_in({"ada@example.com", "correct horse"}).has_value());
    CHECK(fixture.accounts.sign_in({"ada@example.com", "battery staple"}).has_value());
    CHECK_FALSE(fixture.accounts.refresh(other->refresh_token).has_value());
    CHECK(fixture.accounts.refresh(mine.refresh_token).has_value());
}

TEST_CASE("a password that was removed is not set again by who was just changing it") {
    Fixture fixture;
    const SignedIn mine = fixture.register_tenant("ada@example.com");
    const Uuid user = mine.as.member.id;
    const std::string verified = *fixture.credentials.password_hash(user);
    fixture.accounts.remove_password(user, "");
    CHECK_FALSE(fixture.credentials.replace_password(user, "a new hash", verified, mine.access_id));
    CHECK_FALSE(fixture.accounts.enter(user, mine.as.tenant.id, verified).has_value());
    CHECK_FALSE(fixture.credentials.password_hash(user).has_value());
    CHECK_FALSE(fixture.accounts.sign_in({"ada@example.com", "correct horse"}).has_value());
    CHECK_FALSE(fixture.accounts.refresh(mine.refresh_token).has_value());
    const auto events = fixture.store.log(5, 10, {}).events;
    REQUIRE(events.size() == 2);
    for (const StoredEvent& event : events) {
        CHECK(event.data == R"({"how":"removed"})");
        CHECK(event.origin.actor_type == "sync");
    }
}

TEST_CASE("a new password voids the links to choose one") {
    Fixture fixture;
    const SignedIn mine = fixture.register_tenant("ada@example.com");
    const Uuid user = mine.as.member.id;
    OneTimeTokens links(fixture.system);
    const auto reset = OneTimeTokens::Purpose::password_reset;
    const std::string link = links.issue(reset, {Uuid{}, user}, now() + 1h);
    const std::string others = links.issue(reset, {Uuid{}, new_id()}, now() + 1h);
    REQUIRE(fixture.accounts
                .change_password(user, {"correct horse", "battery staple"}, mine.access_id, "")
                .has_value());
    CHECK_FALSE(links.find(reset, link, now()).has_value());
    CHECK(links.find(reset, others, now()).has_value());
}

TEST_CASE("an access token is as dead as the session it came from") {
    Fixture fixture;
    const SignedIn first = fixture.register_tenant("ada@example.com");
    const auto second = fixture.accounts.sign_in({"ada@example.com", "correct horse"});
    REQUIRE(fixture.enter(fixture.token_of(first)).has_value());
    REQUIRE(fixture.enter(fixture.token_of(*second)).has_value());
    fixture.credentials.revoke_family(first.access_id);
    fixture.authenticator.forget_user(first.as.member.id);
    CHECK(refusal_of(fixture.enter(fixture.token_of(first))) == Refusal::unauthenticated);
    CHECK(fixture.enter(fixture.token_of(*second)).has_value());
    // A token of no sign-in, such as one made on the command line.
    SignedIn issued = first;
    issued.access_id = new_id();
    CHECK(fixture.enter(fixture.token_of(issued)).has_value());
}

TEST_CASE("a new password is told by events that say nothing of it") {
    Fixture fixture;
    const SignedIn ada = fixture.register_tenant("ada@example.com");
    fixture.accounts.reset_password(ada.as.member.id, fixture.hasher.hash("battery staple").value(),
                                    "");
    const auto events = fixture.store.log(5, 10, {}).events;
    REQUIRE(events.size() == 2);
    CHECK(events[0].type == "account.password_changed");
    CHECK(events[1].type == "user.password_changed");
    CHECK(events[1].tenant == ada.as.tenant.id);
    for (const StoredEvent& event : events) CHECK(event.data == R"({"how":"reset"})");
    CHECK(fixture.accounts.memberships(ada.as.member.id).size() == 1); // the state is as it was
    CHECK(fixture.accounts.sign_in({"ada@example.com", "battery staple"}).has_value());
}

TEST_CASE("the role in force is the membership's, and the tenant one of the caller's own") {
    Fixture fixture;
    const SignedIn ada = fixture.register_tenant("ada@example.com");
    const SignedIn bob = fixture.register_tenant("bob@example.com");
    const std::string token = fixture.token_of(ada);
    for (const std::string& tenant :
         {std::string(), std::string("acme"), to_string(ada.as.tenant.id)}) {
        const auto entered = fixture.enter(token, tenant);
        REQUIRE(entered.has_value());
        CHECK(entered->role == "owner");
        CHECK(entered->user_id == ada.as.member.id);
        CHECK(entered->tenant_id == ada.as.tenant.id);
    }
    for (const std::string& tenant :
         {std::string("acme-2"), to_string(bob.as.tenant.id), std::string("nobody's"),
          to_string(new_id()), to_string(Uuid{})})
        CHECK_MESSAGE(refusal_of(fixture.enter(token, tenant)) == Refusal::forbidden, tenant);
    CHECK(refusal_of(fixture.enter("")) == Refusal::unauthenticated);
    CHECK(refusal_of(fixture.enter(fixture.tokens.issue_ticket({}))) == Refusal::unauthenticated);
    SignedIn stranger = ada;
    stranger.as.member.id = new_id();
    CHECK(refusal_of(fixture.enter(fixture.token_of(stranger))) == Refusal::unauthenticated);
}

TEST_CASE("secrets are out of the application role's reach, and orphans are swept") {
    Fixture fixture;
    fixture.register_tenant("ada@example.com");
    for (const char* table : {"credentials", "refresh_tokens"})
        CHECK_THROWS_AS(fixture.app.read({},
                                         [&](pqxx::transaction_base& transaction) {
                                             transaction.exec("select * from " +
                                                              std::string(table));
                                         }),
                        pqxx::insufficient_privilege);
    fixture.credentials.keep_password(new_id(), "an orphan");
    fixture.credentials.keep_password(new_id(), "a registration under way");
    fixture.system.write({}, [](pqxx::transaction_base& transaction) {
        transaction.exec("update credentials set created_at = created_at - interval '2 hours' "
                         "where password_hash <> 'a registration under way'");
    });
    const Uuid user = fixture.register_tenant("bob@example.com").as.member.id;
    const std::string hash = *fixture.credentials.password_hash(user);
    CHECK(fixture.credentials.begin_family({user, {}, new_id()}, now() - 25h, hash).has_value());
    const Uuid signed_out = new_id(); // its access token may live on
    CHECK(fixture.credentials.begin_family({user, {}, signed_out}, now() - 1h, hash).has_value());
    fixture.credentials.revoke_family(signed_out);
    fixture.credentials.sweep();
    CHECK(fixture.count("credentials") == 3);
    CHECK(fixture.count("credentials where password_hash = 'an orphan'") == 0);
    CHECK(fixture.count("refresh_tokens") == 3);
    CHECK(fixture.credentials.is_revoked(signed_out));
}

TEST_CASE("token issue makes a tenant for an unknown address and finds it again") {
    Fixture fixture;
    std::ostringstream out;
    std::ostringstream log;
    REQUIRE(run_token_issue(fixture.accounts, fixture.tokens, 1h, "ada@example.com", out, log) ==
            0);
    CHECK(log.str().find("ada@example.com") != std::string::npos);
    const std::string printed = out.str();
    const auto entered = fixture.enter(printed.substr(0, printed.size() - 1));
    REQUIRE(entered.has_value());
    CHECK(entered->role == "owner");
    const auto again = issue_token(fixture.accounts, fixture.tokens, 1h, "ADA@example.com");
    REQUIRE(again.has_value());
    CHECK_FALSE(again->registered);
    CHECK(fixture.tokens.verify(again->access_token, now())->user == entered->user_id);
    CHECK(run_token_issue(fixture.accounts, fixture.tokens, 1h, "no address", out, log) != 0);
    CHECK(out.str() == printed);
}
