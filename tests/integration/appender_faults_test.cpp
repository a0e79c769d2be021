#include "bus/appender.hpp"
#include "tests/integration/append_world.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <memory>
#include <string>

using namespace throughline;
using namespace throughline::append_world;
using namespace std::chrono_literals;

namespace {

/// The process of the session that waits to append stands still, and its connection stays open.
class FrozenAppend {
  public:
    explicit FrozenAppend(Log& log)
        : pid_(static_cast<pid_t>(
              log.number("select pid from pg_stat_activity where datname = current_database() and "
                         "query like '%append_batch%' and pid <> pg_backend_pid()"))) {
        REQUIRE_MESSAGE(text_of_file("/proc/" + std::to_string(pid_) + "/comm") == "postgres\n",
                        "PostgreSQL runs on another machine");
        REQUIRE(::kill(pid_, SIGSTOP) == 0);
    }
    ~FrozenAppend() { ::kill(pid_, SIGCONT); }
    FrozenAppend(const FrozenAppend&) = delete;
    FrozenAppend& operator=(const FrozenAppend&) = delete;

  private:
    pid_t pid_;
};

/// What an append does besides, in its own transaction.
void on_append(Log& log, const std::string& statement) {
    log.sql("create function on_append() returns trigger language plpgsql security definer as $$"
            " begin " +
            statement +
            "; return null; end $$;"
            " create trigger on_append after insert on events execute function on_append()");
}

/// Until it has a connection, for which it may wait longer than its patience.
void commit_one(Appender& appender) {
    REQUIRE(
        wait_until([&] { return is_committed(appender.append(create_contact(tenant)).get()); }));
}

} // namespace

TEST_CASE_FIXTURE(Log, "behind a batch that hangs nothing waits, and stop does not wait for it") {
    AppenderLimits limits;
    limits.patience = 200ms;
    limits.drain = 200ms;
    const Command command = create_contact(tenant);
    Appender appender(database.url(), limits);
    commit_one(appender);
    auto held = std::make_unique<HeldHead>(database.url());
    const auto sent = appender.append(command);
    REQUIRE(wait_until([&] { return number(waiting_appenders) == 1; }));
    {
        const FrozenAppend frozen(*this);
        for (int i = 0; i < 2; ++i)
            CHECK(
                std::holds_alternative<Unavailable>(appender.append(create_contact(tenant)).get()));
        CHECK_FALSE(sent.is_known());
        appender.stop();
        CHECK_THROWS_AS((void)sent.get(), std::runtime_error); // nobody knows
    }
    held.reset();
    Appender next(database.url());
    CHECK(is_committed(next.append(command).get()));
    CHECK(is_committed(next.append(command).get()));
    next.stop();
    check_sound(2);
}

TEST_CASE_FIXTURE(Log, "what is wrong with the whole database is no command's fault") {
    AppenderLimits limits;
    limits.patience = 100ms;
    Appender appender(database.url(), limits);
    commit_one(appender);
    on_append(*this, "raise 'too many notifications in the NOTIFY queue' using errcode = '54000'");
    CHECK(std::holds_alternative<Unavailable>(appender.append(create_contact(tenant)).get()));
    sql("drop trigger on_append on events");
    CHECK(is_committed(appender.append(create_contact(tenant)).get()));
    check_sound(2);
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
