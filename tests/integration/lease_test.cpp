#include "bus/lease.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/test_log.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

/// A process that leads, and writes a byte when it does and one when it learns that it does not.
struct LeadingProcess {
    explicit LeadingProcess(const std::string& url) {
        REQUIRE(::pipe(pipe.data()) == 0);
        id = ::fork();
        if (id == 0) lead(url);
    }
    ~LeadingProcess() {
        ::kill(id, SIGKILL);
        ::waitpid(id, nullptr, 0);
    }
    char next_byte() const {
        char byte = 0;
        return ::read(pipe[0], &byte, 1) == 1 ? byte : '\0';
    }
    [[noreturn]] void lead(const std::string& url) const {
        Lease lease(url, "test");
        const bool leads = lease.acquire();
        bool told = ::write(pipe[1], leads ? "y" : "n", 1) == 1;
        told = told && wait_until([&] { return !lease.held(); }, 120s);
        told = told && ::write(pipe[1], "l", 1) == 1;
        ::_exit(told ? 0 : 1);
    }
    std::array<int, 2> pipe{};
    pid_t id = 0;
};

} // namespace

TEST_CASE("a stopped leader loses its lead to another, and knows it when it wakes") {
    const TestDatabase database;
    migrate(database.url(), [](auto) {});
    const LeadingProcess leader(database.url());
    REQUIRE(leader.next_byte() == 'y');
    Lease lease(database.url(), "test");
    CHECK_FALSE(lease.acquire());
    CHECK_FALSE(lease.held());
    REQUIRE(::kill(leader.id, SIGSTOP) == 0);
    REQUIRE(wait_until([&] { return lease.acquire(); }));
    REQUIRE(::kill(leader.id, SIGCONT) == 0);
    CHECK(leader.next_byte() == 'l');
    CHECK(lease.held());
}

TEST_CASE("a lead is one name's, can be given up, and is lost with its connection") {
    const TestDatabase database;
    TestLog log(database.url());
    Lease first(log.url, "one");
    Lease second(log.url, "one");
    Lease other(log.url, "two");
    CHECK(first.acquire());
    CHECK(first.acquire());
    CHECK_FALSE(second.acquire());
    CHECK(other.acquire());
    first.release();
    CHECK_FALSE(first.held());
    CHECK(wait_until([&] { return second.acquire(); })); // the server ends the session soon
    log.sql("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
            " and database = (select oid from pg_database where datname = current_database())");
    CHECK(wait_until([&] { return !second.held() && !other.held(); }));
    CHECK(first.acquire());
}

TEST_CASE("the signal tells of every commit, also after its connection was lost") {
    const TestDatabase database;
    TestLog log(database.url());
    const Uuid stream = new_id();
    std::atomic<std::int64_t> heard = 0;
    auto listening = log.signal.subscribe([&](std::int64_t head) { heard = head; });
    auto head = log.append(stream, 3);
    CHECK(log.signal.wait_past(head - 1, 60s) == head);
    CHECK(wait_until([&] { return heard == head; }));
    CHECK(log.signal.wait_past(head, 10ms) == head);

    log.sql("select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and query like '%log_head%'"
            " and pid <> pg_backend_pid()");
    head = log.append(stream);
    CHECK(log.signal.wait_past(head - 1, 60s) == head);
    CHECK(wait_until([&] { return heard == head; }));
    listening.reset();
    log.append(stream);
    CHECK(log.signal.wait_past(head, 60s) == head + 1);
    CHECK(heard == head);
}
