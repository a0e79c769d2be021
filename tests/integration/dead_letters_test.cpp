#include "bus/dead_letters.hpp"
#include "bus/postgres_source.hpp"
#include "tests/support/collector.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

/// A consumer that cannot digest events with the word poison until it is cured.
struct Sick {
    TestDatabase database;
    TestLog log{database.url()};
    DeadLetters letters{log.system};
    std::atomic<bool> cured = false;
    Collector collector{log, "collector", [this](pqxx::transaction_base&, const StoredEvent& e) {
                            if (!cured && e.data.find("poison") != std::string::npos)
                                throw std::runtime_error("cannot digest");
                        }};
    std::unique_ptr<Subscription> subscription;

    Sick() { restart(); }
    void restart() {
        subscription.reset();
        subscription = std::make_unique<Subscription>(
            log.url, [this] { return std::make_unique<PostgresSource>(log.url, log.signal); },
            collector);
        subscription->start();
    }
    std::int64_t poison(const Uuid& stream) {
        return log.append(stream, 1, R"({"name":"poison"})");
    }
    void reaches(std::int64_t position) {
        REQUIRE(wait_until([&] { return log.checkpoint("collector") >= position; }, 60s));
    }
    std::vector<std::int64_t> ask(ReleaseAction action, std::optional<std::int64_t> position) {
        return letters.ask({"collector", position, action, "ada", "it is nonsense"});
    }
    /// What came of an order.
    std::string outcome(std::int64_t id) {
        std::string outcome;
        CHECK(wait_until([&] {
            const auto request = letters.requests("collector", id).at(0);
            outcome = request.outcome;
            return request.done_at.has_value();
        }));
        return outcome;
    }
    /// The collected positions of a stream, in the order in which they came.
    std::vector<std::int64_t> collected(const Uuid& stream) {
        std::vector<std::int64_t> positions;
        for (const auto& row :
             log.sql("select position from collector join events using (position) where "
                     "stream_id = '" +
                     to_string(stream) + "' order by number"))
            positions.push_back(row[0].as<std::int64_t>());
        return positions;
    }
};

} // namespace

TEST_CASE("a released stream gets its held events in order, and then goes on") {
    Sick sick;
    const Uuid held = new_id();
    const Uuid other = new_id();
    const auto first = sick.log.append(held);
    const auto poison = sick.poison(held);
    sick.log.append(other, 5);
    std::vector<std::int64_t> expected{first, poison};
    for (int i = 0; i < 250; ++i) expected.push_back(sick.log.append(held));
    sick.reaches(expected.back());

    const auto letters = sick.letters.list("");
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].consumer == "collector");
    CHECK(letters[0].position == poison);
    CHECK(letters[0].type == "contact.updated");
    CHECK(letters[0].stream == StreamKey{"contact", held});
    CHECK(letters[0].cause == "cannot digest");
    CHECK(letters[0].held == 250);
    CHECK_FALSE(letters[0].asked);
    CHECK(sick.letters.list("another").empty());

    SUBCASE("by a leader that runs") {}
    SUBCASE("by a leader that starts later") { sick.subscription->stop(); }
    sick.cured = true;
    const auto asked = sick.ask(ReleaseAction::retry, std::nullopt);
    REQUIRE(asked.size() == 1);
    if (!sick.subscription->status().leading) {
        CHECK(sick.letters.list("")[0].asked);
        sick.restart();
    }
    CHECK(sick.outcome(asked[0]) == "released 251 events");
    CHECK(sick.letters.list("").empty());
    CHECK(wait_until([&] { return sick.subscription->status().fault.empty(); }));
    expected.push_back(sick.log.append(held));
    sick.reaches(expected.back());
    CHECK(sick.collected(held) == expected);
}

TEST_CASE("a stream that fails again stays held from there") {
    Sick sick;
    const Uuid held = new_id();
    const auto first = sick.poison(held);
    const auto second = sick.log.append(held);
    sick.reaches(second);
    const auto asked = sick.ask(ReleaseAction::retry, first);
    REQUIRE(asked.size() == 1);
    CHECK(sick.outcome(asked[0]) ==
          "applied 0 events, then event " + std::to_string(first) + " failed: cannot digest");
    const auto third = sick.log.append(held);
    sick.reaches(third);
    REQUIRE(sick.letters.list("collector").size() == 1);
    CHECK(sick.letters.list("collector")[0].held == 2);
    CHECK(sick.collected(held).empty());
}

TEST_CASE("a skip passes over one event, is recorded, and what is behind comes in order") {
    Sick sick;
    const Uuid held = new_id();
    const auto first = sick.poison(held);
    const auto second = sick.log.append(held);
    const auto third = sick.poison(held);
    const auto fourth = sick.log.append(held);
    sick.reaches(fourth);

    CHECK(sick.ask(ReleaseAction::skip, second).empty()); // held, not failed
    const auto asked = sick.ask(ReleaseAction::skip, first);
    REQUIRE(asked.size() == 1);
    CHECK(sick.outcome(asked[0]) == "passed over; applied 1 event, then event " +
                                        std::to_string(third) + " failed: cannot digest");
    CHECK(sick.collected(held) == std::vector{second});
    const auto record = sick.letters.requests("", asked[0]).at(0);
    CHECK(record.action == ReleaseAction::skip);
    CHECK(record.by == "ada");
    CHECK(record.reason == "it is nonsense");
    CHECK(record.cause == "cannot digest");
    CHECK(record.position == first);
    CHECK(record.skipped_at.has_value());
    REQUIRE(sick.letters.list("").size() == 1);
    CHECK(sick.letters.list("")[0].position == third);
    CHECK(sick.letters.list("")[0].cause == "cannot digest");

    CHECK(sick.outcome(sick.ask(ReleaseAction::skip, third).at(0)) ==
          "passed over; released 1 event");
    CHECK(sick.collected(held) == std::vector{second, fourth});
    CHECK(sick.letters.list("").empty());
    CHECK(sick.ask(ReleaseAction::retry, std::nullopt).empty());
}

TEST_CASE("all streams of a consumer are released by one order, and an order twice does no harm") {
    Sick sick;
    std::int64_t head = 0;
    for (int i = 0; i < 20; ++i) {
        const Uuid stream = new_id();
        sick.poison(stream);
        head = sick.log.append(stream);
    }
    sick.reaches(head);
    sick.cured = true;
    const auto asked = sick.ask(ReleaseAction::retry, std::nullopt);
    const auto again = sick.ask(ReleaseAction::retry, std::nullopt);
    CHECK(asked.size() == 20);
    CHECK(sick.outcome(asked.back()) == "released 2 events");
    if (!again.empty()) CHECK(sick.outcome(again.back()) == "nothing was held any more");
    auto collected = sick.collector.positions();
    std::ranges::sort(collected);
    CHECK(collected == all_between(1, head));
}

TEST_CASE("dead letters that went away otherwise hold nothing any more") {
    Sick sick;
    const Uuid stream = new_id();
    sick.poison(stream);
    sick.reaches(sick.log.append(stream));
    REQUIRE(wait_until([&] { return !sick.subscription->status().fault.empty(); }));
    sick.log.sql("delete from dead_letters"); // as a rebuild does
    SUBCASE("and an event comes at once") {}
    SUBCASE("and no event comes") {
        CHECK(wait_until([&] { return sick.subscription->status().fault.empty(); }));
    }
    const auto next = sick.log.append(stream);
    sick.reaches(next);
    CHECK(sick.collected(stream) == std::vector{next});
    CHECK(sick.letters.list("").empty());
}

TEST_CASE("a release that a rebuild overtakes applies nothing again") {
    Sick sick;
    const Uuid stream = new_id();
    sick.poison(stream);
    sick.reaches(sick.log.append(stream));
    REQUIRE(wait_until([&] { return !sick.subscription->status().fault.empty(); }));
    sick.cured = true;

    pqxx::connection connection(sick.log.url);
    pqxx::work rebuild(connection);
    rebuild.exec("select from checkpoints where name = 'collector' for update");
    rebuild.exec("delete from dead_letters"); // they stand in the new tables
    const auto asked = sick.ask(ReleaseAction::retry, std::nullopt);
    REQUIRE(asked.size() == 1);
    REQUIRE(wait_until([&] {
        return !sick.log
                    .sql("select from pg_stat_activity where wait_event_type = 'Lock' and "
                         "datname = current_database()")
                    .empty();
    }));
    rebuild.commit();

    CHECK(sick.outcome(asked[0]) == "nothing was held any more");
    CHECK(sick.collected(stream).empty());
    CHECK(wait_until([&] { return sick.subscription->status().fault.empty(); }));
}
