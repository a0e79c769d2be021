#include "bus/rate_limiter.hpp"

#include "bus/ids.hpp"
#include "bus/migrate.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <pqxx/pqxx>
#include <vector>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

/// What one server process has of the limits.
struct Process {
    explicit Process(const std::string& url) : database(url, Role::system, 2) {}
    Database database;
    RateLeases leases{database};
    RateLimiter limiter{leases};
};

struct Migrated {
    Migrated() {
        migrate(database.url(), [](auto) {});
    }
    TestDatabase database;
};

int passed(RateLimiter& limiter, const RateLimit& limit, const Uuid& whose, int asked) {
    int count = 0;
    for (int i = 0; i < asked; ++i)
        if (limiter.take(limit, whose).passes) ++count;
    return count;
}

} // namespace

// A window so long that nothing is refilled while a test runs.

TEST_CASE("a small quota passes exactly, whichever process is asked") {
    const Migrated on;
    Process one(on.database.url());
    Process two(on.database.url());
    const RateLimit limit{"ai", 10, 24h};
    const Uuid tenant = new_id();
    int count = 0;
    for (int i = 0; i < 20; ++i)
        count += passed(i % 2 == 0 ? one.limiter : two.limiter, limit, tenant, 1);
    CHECK(count == 10);
    CHECK(passed(one.limiter, limit, new_id(), 20) == 10); // another's bucket is another
    CHECK(passed(one.limiter, {"ics", 5, 24h}, tenant, 20) == 5);
}

TEST_CASE("many threads of two processes pass the quota together, and hardly ask the database") {
    const Migrated on;
    Process one(on.database.url());
    Process two(on.database.url());
    const RateLimit limit{"rest", 2000, 24h};
    const Uuid tenant = new_id();
    std::atomic<int> count = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 16; ++i)
            threads.emplace_back([&, i] {
                count += passed(i % 2 == 0 ? one.limiter : two.limiter, limit, tenant, 250);
            });
    }
    // Every token that was leased is spent or still held by one of them: a slice at most.
    CHECK(count <= 2000);
    CHECK(count >= 2000 - 2 * 20);
}

TEST_CASE("what a process holds back is at most a slice") {
    const Migrated on;
    Process idle(on.database.url());
    Process busy(on.database.url());
    const RateLimit limit{"rest", 6000, 24h};
    const Uuid tenant = new_id();
    REQUIRE(idle.limiter.take(limit, tenant).passes);
    CHECK(passed(busy.limiter, limit, tenant, 7000) == 6000 - 60);
    CHECK(passed(idle.limiter, limit, tenant, 7000) == 59);
}

TEST_CASE("the standing tells what is left, and when to come again") {
    const Migrated on;
    Process process(on.database.url());
    const RateLimit limit{"calendar", 20, 60s};
    const Uuid tenant = new_id();
    const auto first = process.limiter.take(limit, tenant);
    CHECK(first.passes);
    CHECK(first.remaining == 19);
    CHECK(first.until_full == 3s);
    (void)passed(process.limiter, limit, tenant, 19);
    const auto refused = process.limiter.take(limit, tenant);
    CHECK_FALSE(refused.passes);
    CHECK(refused.remaining == 0);
    CHECK(refused.until_next >= 1s);
    CHECK(refused.until_next <= 3s);
}

TEST_CASE("a bucket fills again") {
    const Migrated on;
    Process process(on.database.url());
    const RateLimit limit{"rest", 10, 1s};
    const Uuid tenant = new_id();
    (void)passed(process.limiter, limit, tenant, 30);
    CHECK(wait_until([&] { return process.limiter.take(limit, tenant).passes; }));
}

TEST_CASE("without a database nobody is held back, and with it again all are") {
    PrivatePostgres postgres(PrivatePostgres::Durability::none);
    migrate(postgres.url(), [](auto) {});
    Process process(postgres.url());
    const RateLimit limit{"ai", 3, 24h};
    const Uuid tenant = new_id();
    CHECK(passed(process.limiter, limit, tenant, 5) == 3);
    postgres.stop();
    CHECK(wait_until([&] { return process.limiter.take(limit, new_id()).passes; }));
    postgres.start();
    const Uuid other = new_id();
    CHECK(wait_until([&] { return !process.limiter.take(limit, other).passes; }));
}

TEST_CASE("buckets that are full again are swept") {
    const Migrated on;
    Process process(on.database.url());
    (void)process.limiter.take({"short", 10, 1s}, new_id());
    (void)process.limiter.take({"long", 10, 24h}, new_id());
    const auto names = [&] {
        std::string out;
        process.database.read({}, [&](pqxx::transaction_base& tx) {
            for (const auto& row : tx.exec("select name from rate_buckets order by name"))
                out += row[0].as<std::string>() + " ";
        });
        return out;
    };
    CHECK(names() == "long short ");
    CHECK(wait_until([&] {
        process.leases.sweep();
        return names() == "long ";
    }));
}
