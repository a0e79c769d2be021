#include "bus/appender.hpp"
#include "tests/integration/append_world.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace throughline;
using namespace throughline::append_world;
using namespace std::chrono_literals;

namespace {

/// What an append does besides, in its own transaction.
void on_append(Log& log, const std::string& statement) {
    log.sql("create function on_append() returns trigger language plpgsql security definer as $$"
            " begin " +
            statement +
            "; return null; end $$;"
            " create trigger on_append after insert on events execute function on_append()");
}

} // namespace

TEST_CASE_FIXTURE(Log, "what is wrong with the whole database is no command's fault") {
    AppenderLimits limits;
    limits.patience = 100ms;
    Appender appender(database.url(), limits);
    on_append(*this, "raise 'too many notifications in the NOTIFY queue' using errcode = '54000'");
    CHECK(std::holds_alternative<Unavailable>(appender.append(create_contact(tenant)).get()));
    sql("drop trigger on_append on events");
    CHECK(is_committed(appender.append(create_contact(tenant)).get()));
    check_sound(1);
}

TEST_CASE_FIXTURE(Log, "no reload of the configuration turns off how durable an append is") {
    sql("create table seen (source text, setting text)");
    on_append(*this, "insert into seen select source, setting from pg_settings"
                     " where name = 'synchronous_commit'");
    for (const std::string configured : {"off", "local"}) {
        sql("truncate seen; do $$ begin execute format('alter database %I set "
            "synchronous_commit = " +
            configured + "', current_database()); end $$");
        Appender appender(database.url());
        REQUIRE(is_committed(appender.append(create_contact(tenant)).get()));
        const auto seen = sql("select distinct source, setting from seen");
        REQUIRE(seen.size() == 1);
        CHECK(seen[0][0].as<std::string>() == "session");
        CHECK(seen[0][1].as<std::string>() == (configured == "off" ? "on" : configured));
    }
}
