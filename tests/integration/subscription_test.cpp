#include "bus/checkpoints.hpp"
#include "bus/lease.hpp"
#include "bus/poison.hpp"
#include "bus/postgres_source.hpp"
#include "tests/support/collector.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

LogSourceFactory from_postgres(TestLog& log) {
    return [&log] { return std::make_unique<PostgresSource>(log.url, log.signal); };
}

bool reaches(TestLog& log, const std::string& name, std::int64_t position) {
    return wait_until([&] { return log.checkpoint(name) >= position; }, 60s);
}

Collector::Hook poisoned_by(const std::string& word) {
    return [word](pqxx::transaction_base&, const StoredEvent& event) {
        if (event.data.find(word) != std::string::npos) throw std::runtime_error("cannot digest");
    };
}

} // namespace

TEST_CASE("a consumer gets every event once, in log order, with its checkpoint") {
    const TestDatabase database;
    TestLog log(database.url());
    std::array<Uuid, 7> streams{};
    for (Uuid& stream : streams) stream = new_id();
    std::int64_t head = 0;
    for (int i = 0; i < 60; ++i) head = log.append(streams[static_cast<std::size_t>(i) % 7], 40);

    Collector collector(log, "collector");
    Subscription subscription(log.url, from_postgres(log), collector);
    subscription.start();
    REQUIRE(reaches(log, "collector", head));
    head = log.append(streams[0]);
    REQUIRE(reaches(log, "collector", head));
    CHECK(wait_until([&] { return subscription.status().position == head; }));
    CHECK(subscription.status().leading);
    CHECK(subscription.status().fault.empty());
    subscription.stop();
    CHECK(collector.positions() == all_between(1, head));
    CHECK_FALSE(subscription.status().leading);
}

TEST_CASE("events that do not concern a consumer move its checkpoint without reaching it") {
    const TestDatabase database;
    TestLog log(database.url());
    struct Picky : Collector {
        using Collector::Collector;
        [[nodiscard]] bool concerns(const StoredEvent& event) const override {
            return event.position % 100 == 0;
        }
    };
    Picky picky(log, "picky");
    Subscription subscription(log.url, from_postgres(log), picky);
    subscription.start();
    const Uuid stream = new_id();
    REQUIRE(reaches(log, "picky", log.append(stream, 30)));
    CHECK(picky.positions().empty());
    log.append(stream, 40);
    const std::int64_t head = log.append(stream, 40);
    REQUIRE(reaches(log, "picky", head));
    const auto got = picky.positions();
    CHECK(std::ranges::find(got, 100) != got.end());
}

TEST_CASE("where others' events never end, the checkpoint is stored nevertheless") {
    struct Endless : LogSource {
        std::vector<StoredEvent> next(std::int64_t after, std::size_t,
                                      std::chrono::milliseconds) override {
            StoredEvent event;
            event.position = after + 1;
            event.recorded_at = now();
            return {event};
        }
    };
    struct Aloof : Collector {
        using Collector::Collector;
        [[nodiscard]] bool concerns(const StoredEvent&) const override { return false; }
    };
    const TestDatabase database;
    TestLog log(database.url());
    Aloof aloof(log, "aloof");
    Subscription subscription(log.url, [] { return std::make_unique<Endless>(); }, aloof);
    subscription.start();
    REQUIRE(reaches(log, "aloof", 1));
    const std::int64_t stored = log.checkpoint("aloof");
    CHECK(reaches(log, "aloof", stored + 1));
    subscription.stop();
    CHECK(aloof.positions().empty());
}

TEST_CASE("a subscription that acts begins at the head") {
    const TestDatabase database;
    TestLog log(database.url());
    const Uuid stream = new_id();
    log.append(stream, 5);
    Collector collector(log, "actor");
    Subscription subscription(log.url, from_postgres(log), collector, StartAt::head);
    subscription.start();
    REQUIRE(wait_until([&] { return subscription.status().leading; }));
    REQUIRE(reaches(log, "actor", log.append(stream)));
    CHECK(collector.positions() == all_between(6, 6));
}

TEST_CASE("a subscription that acts misses nothing from its start on, however late it leads") {
    const TestDatabase database;
    TestLog log(database.url());
    const Uuid stream = new_id();
    log.append(stream, 5);
    Lease another(log.url, "subscription/actor");
    REQUIRE(another.acquire());
    Collector collector(log, "actor");
    Subscription subscription(log.url, from_postgres(log), collector, StartAt::head);
    subscription.start();
    const std::int64_t head = log.append(stream, 3);
    another.release();
    REQUIRE(reaches(log, "actor", head));
    CHECK(collector.positions() == all_between(6, 8));
}

TEST_CASE("a subscription that acts starts while its leader is in the middle of a batch") {
    const TestDatabase database;
    TestLog log(database.url());
    const std::int64_t head = log.append(new_id(), 5);
    Lease leader(log.url, "subscription/actor");
    REQUIRE(leader.acquire());
    const auto connection = connect(log.url, Role::system);
    {
        pqxx::work opening(*connection);
        opening.exec_params0("insert into checkpoints (name, position) values ('actor', $1)",
                             head - 1);
        opening.commit();
    }
    pqxx::work batch(*connection);
    batch.exec_params0("update checkpoints set position = $1 where name = 'actor'", head);
    Collector collector(log, "actor");
    Subscription subscription(log.url, from_postgres(log), collector, StartAt::head);
    CHECK_NOTHROW(subscription.start());
    batch.commit();
    leader.release();
    const std::int64_t last = log.append(new_id(), 2);
    REQUIRE(reaches(log, "actor", last));
    CHECK(collector.positions() == all_between(head + 1, last));
}

TEST_CASE("a leader whose checkpoint somebody else moved discards its batch") {
    const TestDatabase database;
    TestLog log(database.url());
    const Uuid stream = new_id();
    Collector collector(log, "collector");
    Subscription subscription(log.url, from_postgres(log), collector);
    subscription.start();
    log.append(stream, 10);
    REQUIRE(reaches(log, "collector", 10));
    log.sql("update checkpoints set position = 15 where name = 'collector'");
    log.append(stream, 10);
    REQUIRE(reaches(log, "collector", 20));
    auto expected = all_between(1, 10);
    for (const auto position : all_between(16, 20)) expected.push_back(position);
    CHECK(collector.positions() == expected);
}

TEST_CASE("one of two leads, and the other takes over") {
    const TestDatabase database;
    TestLog log(database.url());
    const Uuid stream = new_id();
    Collector collector(log, "collector");
    Subscription first(log.url, from_postgres(log), collector);
    Subscription second(log.url, from_postgres(log), collector);
    first.start();
    REQUIRE(wait_until([&] { return first.status().leading; }));
    second.start();
    REQUIRE(reaches(log, "collector", log.append(stream, 100)));
    CHECK_FALSE(second.status().leading);
    first.stop();
    REQUIRE(wait_until([&] { return second.status().leading; }));
    REQUIRE(reaches(log, "collector", log.append(stream, 100)));
    CHECK(collector.positions() == all_between(1, 200));
}

TEST_CASE("a poison event is isolated and its stream held, the others go on") {
    const TestDatabase database;
    TestLog log(database.url());
    const Uuid sick = new_id();
    const Uuid well = new_id();
    log.append(sick, 20);
    log.append(well, 20);
    const auto poison = log.append(sick, 1, R"({"name":"poison"})");
    log.append(well, 20);
    const auto held = log.append(sick);
    const auto head = log.append(well);

    Collector collector(log, "collector", poisoned_by("poison"));
    {
        Subscription subscription(log.url, from_postgres(log), collector);
        subscription.start();
        REQUIRE(reaches(log, "collector", head));
        REQUIRE(wait_until([&] { return subscription.status().position == head; }));
        CHECK(subscription.status().fault.find("event " + std::to_string(poison)) !=
              std::string::npos);
    }
    auto expected = all_between(1, head);
    std::erase_if(expected, [&](auto position) { return position == poison || position == held; });
    CHECK(collector.positions() == expected);
    const auto letters = log.sql("select position, cause from dead_letters order by position");
    REQUIRE(letters.size() == 2);
    CHECK(letters[0][0].as<std::int64_t>() == poison);
    CHECK(letters[0][1].as<std::string>() == "cannot digest");
    CHECK(letters[1][0].as<std::int64_t>() == held);
    CHECK(letters[1][1].as<std::string>() == "held behind " + std::to_string(poison));

    // The next leader holds it too, also where nothing else is in the batch.
    const auto later = log.append(sick);
    Subscription subscription(log.url, from_postgres(log), collector);
    subscription.start();
    REQUIRE(reaches(log, "collector", later));
    CHECK(wait_until([&] { return !subscription.status().fault.empty(); }));
    CHECK(log.sql("select from dead_letters").size() == 3);
    CHECK(collector.positions() == expected);
}

TEST_CASE("a passing failure leaves no trace") {
    const TestDatabase database;
    TestLog log(database.url());
    std::atomic<int> failures = 0;
    Collector collector(log, "collector", [&](pqxx::transaction_base&, const StoredEvent& event) {
        if (event.position == 5 && failures++ < 2) throw std::runtime_error("not now");
    });
    Subscription subscription(log.url, from_postgres(log), collector);
    subscription.start();
    REQUIRE(reaches(log, "collector", log.append(new_id(), 10)));
    CHECK(failures == 3);
    CHECK(collector.positions() == all_between(1, 10));
    CHECK(log.sql("select from dead_letters").empty());
}

TEST_CASE("a database that fails is no poison, however often it fails") {
    const TestDatabase database;
    TestLog log(database.url());
    std::atomic<int> failures = 0;
    std::atomic<bool> is_told = false;
    Collector collector(log, "collector", [&](pqxx::transaction_base& transaction, const auto&) {
        if (failures++ < 6 || !is_told)
            transaction.exec(
                "do $$ begin raise exception 'disk full' using errcode = '53100'; end $$");
    });
    Subscription subscription(log.url, from_postgres(log), collector);
    subscription.start();
    const auto head = log.append(new_id(), 3);
    CHECK(wait_until(
        [&] { return subscription.status().fault.find("disk full") != std::string::npos; }));
    is_told = true;
    REQUIRE(reaches(log, "collector", head));
    CHECK(collector.positions() == all_between(1, head));
    CHECK(log.sql("select from dead_letters").empty());
    CHECK(wait_until([&] { return subscription.status().fault.empty(); }));
}

TEST_CASE("what a consumer can do later alone is no poison, however often it is tried") {
    const TestDatabase database;
    TestLog log(database.url());
    std::atomic<int> attempts = 0;
    Collector collector(log, "collector", [&](pqxx::transaction_base&, const StoredEvent&) {
        if (++attempts < 6) throw TryLater("not yet");
    });
    Subscription subscription(log.url, from_postgres(log), collector);
    subscription.start();
    REQUIRE(reaches(log, "collector", log.append(new_id())));
    CHECK(attempts == 6);
    CHECK(log.sql("select from dead_letters").empty());
}

TEST_CASE("a subscription outlives a restart of the database") {
    PrivatePostgres postgres(PrivatePostgres::Durability::none);
    TestLog log(postgres.url());
    const Uuid stream = new_id();
    Collector collector(log, "collector");
    Subscription subscription(log.url, from_postgres(log), collector);
    subscription.start();
    REQUIRE(reaches(log, "collector", log.append(stream, 10)));
    postgres.stop();
    CHECK(wait_until([&] { return !subscription.status().leading; }));
    postgres.start();
    REQUIRE(reaches(log, "collector", log.append(stream, 10)));
    CHECK(collector.positions() == all_between(1, 20));
    CHECK(log.sql("select from dead_letters").empty());
}

TEST_CASE("a hole in the log is a fault, never skipped") {
    const TestDatabase database;
    TestLog log(database.url());
    const auto head = log.append(new_id(), 10);
    log.sql("set session_replication_role = replica; delete from events where position = 4");
    REQUIRE(wait_until([&] { return log.signal.head() == head; }));
    PostgresSource source(log.url, log.signal);
    CHECK(source.next(4, 100, 0ms).size() == 6);
    CHECK_THROWS_WITH(static_cast<void>(source.next(0, 100, 0ms)),
                      "the log has a hole at position 4");
}

TEST_CASE("an event ages though the database's clock stood ahead before") {
    const TestDatabase database;
    TestLog log(database.url());
    log.sql("update log_head set recorded_at = clock_timestamp() + interval '1 hour'");
    log.append(new_id());
    const Lag lag = Checkpoints(log.system).lags({"nobody"}).front();
    CHECK(lag.events == 1);
    CHECK(lag.seconds > 0);
    CHECK(lag.seconds < 600);
}

TEST_CASE("the Postgres source bounds its batches by count and by size") {
    const TestDatabase database;
    TestLog log(database.url());
    const std::string large = R"({"text":")" + std::string(1U << 20, 'x') + "\"}";
    const Uuid stream = new_id();
    std::int64_t head = 0;
    for (int i = 0; i < 12; ++i) head = log.append(stream, 1, large);
    head = log.append(stream, 300);
    REQUIRE(wait_until([&] { return log.signal.head() == head; }));
    PostgresSource source(log.url, log.signal);
    CHECK(source.next(0, 5, 0ms).size() == 5);
    CHECK(source.next(0, 1000, 0ms).size() == 8); // of 1 MiB each
    CHECK(source.next(12, 1000, 0ms).size() == 300);
    CHECK(source.next(head, 1000, 0ms).empty());
}
