#include "bus/ids.hpp"
#include "bus/shared_turns.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/test_log.hpp"

#include <doctest/doctest.h>

using namespace throughline;

TEST_CASE("of the servers of a database one has a turn, until it gives it back or is gone") {
    TestDatabase database;
    TestLog log(database.url());
    const Uuid id = new_id();
    auto one = std::make_unique<SharedTurns>(database.url());
    SharedTurns other(database.url());
    {
        const auto turn = one->take(id);
        REQUIRE(turn);
        CHECK_FALSE(other.take(id));
        CHECK(other.take(new_id()));
    }
    {
        const auto again = other.take(id);
        CHECK(again);
        CHECK_FALSE(one->take(id));
        log.sql(
            "select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory' and"
            " granted and database = (select oid from pg_database where datname ="
            " current_database())");
        // What the lost connection had is free.
        CHECK(one->take(id));
    }
    const auto kept = other.take(id);
    CHECK(kept);
}
