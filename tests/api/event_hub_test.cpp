#include "tests/api/event_stream_fixture.hpp"

#include <future>

using namespace throughline;
using namespace throughline::event_streams;

TEST_CASE("a source that fails is made anew, and the ring goes on where it stood") {
    Log log;
    std::atomic<int> made = 0;
    class Failing : public LogSource {
      public:
        std::vector<StoredEvent> next(std::int64_t, std::size_t,
                                      std::chrono::milliseconds) override {
            throw std::runtime_error("out of reach");
        }
    };
    EventHub hub(log.store, [&]() -> std::unique_ptr<LogSource> {
        if (made++ == 0) return std::make_unique<Failing>();
        return std::make_unique<MemorySource>(log);
    });
    hub.start();
    REQUIRE(wait_until([&] { return made == 2; }));
    EventStream stream(log.store, hub, Fixture::from(0));
    Client client(stream);
    for (int i = 0; i < 5; ++i) log.append(ours, "contact.created");
    client.read_events(5);
    CHECK(client.events == std::vector<std::int64_t>{1, 2, 3, 4, 5});
}

TEST_CASE("who watches all is shown every event once, in order, until they let go") {
    Fixture fixture;
    std::mutex mutex;
    std::vector<std::int64_t> shown;
    const auto count = [&] {
        const std::lock_guard lock(mutex);
        return shown.size();
    };
    auto watching = fixture.hub.watch_all([&](const StoredEvent& event) {
        const std::lock_guard lock(mutex);
        shown.push_back(event.position);
    });
    fixture.hub.start();
    REQUIRE(wait_until([&] { return fixture.hub.recent(0, {}, 1).has_value(); }));
    fixture.append_some(6);
    REQUIRE(wait_until([&] { return count() == 6; }));
    CHECK(shown == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6});
    watching = nullptr;
    fixture.append_some(3);
    REQUIRE(wait_until([&] { return fixture.hub.recent(8, {}, 1U << 20)->scanned == 9; }));
    CHECK(count() == 6);
}

TEST_CASE("the hub hands subscriptions what follows, waits for it, and says what it has no more") {
    Fixture fixture(4);
    fixture.hub.start();
    REQUIRE(wait_until([&] { return fixture.hub.recent(0, {}, 1).has_value(); }));
    for (int i = 0; i < 10; ++i) fixture.log.append(ours, "contact.created");
    const Interest all = [](const StoredEvent&) { return true; };
    const auto newest = [&] {
        const auto found = fixture.hub.wait_for(all, 6, 100, std::chrono::milliseconds(10));
        return found && found->events.size() == 4;
    };
    REQUIRE(wait_until(newest));
    CHECK(fixture.hub.wait_for(all, 6, 2, {})->scanned == 8);
    CHECK_FALSE(fixture.hub.wait_for(all, 5, 100, {}).has_value()); // the log has it
    CHECK(fixture.hub.wait_for(all, 10, 100, std::chrono::milliseconds(1))->events.empty());
    auto waiting = std::async(std::launch::async, [&] {
        return fixture.hub.wait_for(all, 10, 100, std::chrono::seconds(20))->scanned;
    });
    fixture.log.append(ours, "contact.created");
    CHECK(waiting.get() == 11);
}

TEST_CASE("the hub skips what is of no interest, and wakes nobody for it") {
    Fixture fixture;
    fixture.hub.start();
    REQUIRE(wait_until([&] { return fixture.hub.recent(0, {}, 1).has_value(); }));
    const Interest deals = [](const StoredEvent& event) { return event.type == "deal.created"; };
    auto waiting = std::async(std::launch::async, [&] {
        return fixture.hub.wait_for(deals, 0, 100, std::chrono::seconds(20));
    });
    for (int i = 0; i < 3; ++i) fixture.log.append(ours, "contact.created");
    REQUIRE(wait_until([&] { return fixture.hub.recent(0, {}, 1U << 20)->scanned == 3; }));
    CHECK(waiting.wait_for(std::chrono::milliseconds(0)) == std::future_status::timeout);
    fixture.log.append(ours, "deal.created");
    const auto found = waiting.get();
    CHECK(found->events.front().position == 4);
    CHECK(fixture.hub.wait_for(deals, 4, 100, {})->scanned == 4);
    fixture.log.append(ours, "contact.created");
    REQUIRE(wait_until([&] { return fixture.hub.recent(0, {}, 1U << 20)->scanned == 5; }));
    CHECK(fixture.hub.wait_for(deals, 4, 100, {})->events.empty());
    CHECK(fixture.hub.wait_for(deals, 4, 100, {})->scanned == 5);
}
