#include "bus/ids.hpp"
#include "bus/memory_event_store.hpp"
#include "domain/identity/streams.hpp"
#include "handlers/identity/password_hasher.hpp"
#include "handlers/identity/registration.hpp"
#include "tests/support/event_schemas.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <latch>
#include <thread>
#include <vector>

using namespace throughline;

namespace {

const Registration acme{"Acme", std::nullopt, "Ada", "Ada@Example.com", "correct horse"};

Founding fresh_ids() { return {new_id(), new_id(), new_id(), now(), ""}; }

Json state_of(EventStore& store, const Uuid& tenant, const StreamKey& stream) {
    const std::array keys{stream};
    return parse_json(store.heads(tenant, keys).front().state);
}

} // namespace

TEST_CASE("a registration is one command over five streams, and its events keep to their schemas") {
    MemoryEventStore store;
    const Founding ids = fresh_ids();
    REQUIRE(std::holds_alternative<Committed>(
        store.append(founding_command(acme, {"acme"}, ids)).get()));
    std::vector<std::string> types;
    for (const StoredEvent& event : store.log(0, 100, {}).events) {
        types.push_back(event.type);
        CHECK_MESSAGE(is_valid(event_schema_file(event.type), parse_json(event.data)), event.type);
        CHECK_FALSE_MESSAGE(is_valid(event_schema_file(event.type), JsonObject{}), event.type);
        CHECK(event.data.find("correct horse") == std::string::npos);
        CHECK(event.origin.actor_id == ids.user);
    }
    CHECK(types == std::vector<std::string>{"tenant.created", "user.created", "login.reserved",
                                            "slug.reserved", "account.created"});
    const Json user = state_of(store, ids.tenant, {"user", ids.user});
    CHECK(user.text("email") == "Ada@Example.com");
    CHECK(user.text("role") == "owner");
    CHECK(user.find("timezone") != nullptr);
    CHECK(state_of(store, ids.tenant, {"tenant", ids.tenant}).text("slug") == "acme");
    CHECK(state_of(store, {}, login_stream("ada@example.com")).text("user_id") ==
          to_string(ids.user));
    CHECK(state_of(store, {}, slug_stream("acme")).text("tenant_id") == to_string(ids.tenant));
    CHECK(state_of(store, {}, account_stream(ids.user)).find("tenants")->array()->size() == 1);
}

TEST_CASE("an address and a slug are given once") {
    MemoryEventStore store;
    REQUIRE(std::holds_alternative<Committed>(
        store.append(founding_command(acme, {"acme"}, fresh_ids())).get()));
    Registration other = acme;
    other.email = "ADA@example.com";
    const Outcome same_address =
        store.append(founding_command(other, {"other"}, fresh_ids())).get();
    REQUIRE(std::holds_alternative<Conflict>(same_address));
    CHECK(std::get<Conflict>(same_address).stream.kind == "login");
    other.email = "bob@example.com";
    const Outcome same_slug = store.append(founding_command(other, {"acme"}, fresh_ids())).get();
    REQUIRE(std::holds_alternative<Conflict>(same_slug));
    CHECK(std::get<Conflict>(same_slug).stream.kind == "slug");
    CHECK(store.head_position() == 5);
}

TEST_CASE("a password is kept as argon2id with 19 MiB and two passes") {
    PasswordHasher hasher;
    const std::string hash = hasher.hash("correct horse").value();
    CHECK(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    CHECK(hasher.nobody().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    CHECK(hasher.hash("correct horse").value() != hash);
    CHECK(hasher.matches(hash, "correct horse").value());
    CHECK_FALSE(hasher.matches(hash, "correct horsf").value());
    CHECK_FALSE(hasher.matches(hasher.nobody(), "").value());
    CHECK_FALSE(hasher.matches("no hash", "correct horse").value());
}

TEST_CASE("a flood of passwords is refused before it takes all threads") {
    PasswordHasher hasher(3);
    const std::string hash = hasher.hash("correct horse").value();
    std::atomic<int> done = 0;
    std::atomic<int> refused = 0;
    const auto guess = [&](std::latch& all) {
        all.arrive_and_wait();
        const auto matches = hasher.matches(hash, "correct horse");
        const bool is_refused = !matches && matches.error().refusal == Refusal::unavailable;
        ++(is_refused ? refused : done);
        if (!is_refused) CHECK(matches.value());
    };
    CHECK(wait_until([&] {
        std::latch all(16);
        std::vector<std::thread> threads;
        for (int i = 0; i < 16; ++i) threads.emplace_back([&] { guess(all); });
        for (std::thread& thread : threads) thread.join();
        return refused > 0;
    }));
    CHECK(done > 0);
    CHECK(hasher.matches(hash, "correct horse").value()); // their turns are given back
}
