#include "bus/event_hub.hpp"
#include "bus/ids.hpp"
#include "bus/memory_event_store.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

void append(EventStore& store, const std::string& type = "contact.created",
            const std::string& data = "{}") {
    Command command;
    command.id = new_id();
    command.tenant = new_id();
    command.time = now();
    command.writes.push_back({command.tenant,
                              {"contact", new_id()},
                              0,
                              {{new_id(), type, 1, data, {}}},
                              "{}",
                              "",
                              false});
    REQUIRE(std::holds_alternative<Committed>(store.append(std::move(command)).get()));
}

/// Shows the log up to an end that moves on.
class SlowSource : public LogSource {
  public:
    SlowSource(EventStore& store, const std::atomic<std::int64_t>& end)
        : store_(store), end_(end) {}
    std::vector<StoredEvent> next(std::int64_t after, std::size_t,
                                  std::chrono::milliseconds) override {
        if (!wait_until([&] { return end_ > after; }, 50ms)) return {};
        return store_.log(after, static_cast<std::size_t>(end_ - after), {}).events;
    }

  private:
    EventStore& store_;
    const std::atomic<std::int64_t>& end_;
};

} // namespace

TEST_CASE("who stands before the ring's end is not set back to it") {
    constexpr std::int64_t read_before = 300; // of the log itself
    constexpr std::int64_t next = read_before + 2;
    MemoryEventStore store;
    std::atomic<std::int64_t> end = 0;
    EventHub hub(store, [&] { return std::make_unique<SlowSource>(store, end); });
    hub.start();
    for (std::int64_t i = 0; i < next; ++i) append(store);
    const Interest interest = [](const StoredEvent& event) {
        return event.position == read_before - 10 || event.position == next;
    };
    auto found = std::async(std::launch::async,
                            [&] { return hub.wait_for(interest, read_before, 10, 60s); });
    while (end < next) {
        ++end;
        REQUIRE(wait_until([&] { return hub.recent(0, {}, 1U << 20)->scanned == end; }));
    }
    const auto stretch = found.get();
    REQUIRE(stretch.has_value());
    REQUIRE(stretch->events.size() == 1);
    CHECK(stretch->events[0].position == next);
    CHECK(stretch->scanned == next);
}

TEST_CASE("what came before an erasure is the log's to show") {
    MemoryEventStore store;
    std::atomic<std::int64_t> end = 0;
    EventHub hub(store, [&] { return std::make_unique<SlowSource>(store, end); });
    hub.start();
    for (const char* type : {"contact.created", "contact.erased", "contact.created"})
        append(store, type);
    end = 3;
    REQUIRE(wait_until([&] {
        const auto recent = hub.recent(1, {}, 1U << 20);
        return recent && recent->scanned == 3;
    }));
    CHECK(hub.recent(1, {}, 1U << 20)->events.size() == 2);
    CHECK_FALSE(hub.recent(0, {}, 1U << 20).has_value());
}

TEST_CASE("what the hub hands out at once is bounded by its weight, and nothing is left out") {
    constexpr std::int64_t heavy_ones = 16;
    MemoryEventStore store;
    std::atomic<std::int64_t> end = 0;
    EventHub hub(store, [&] { return std::make_unique<SlowSource>(store, end); });
    hub.start();
    const std::string heavy = R"({"text":")" + std::string(1U << 20, 'x') + "\"}";
    for (std::int64_t i = 0; i < heavy_ones; ++i) append(store, "contact.created", heavy);
    end = heavy_ones;
    REQUIRE(wait_until([&] {
        const auto recent = hub.recent(0, {}, std::string::npos);
        return recent && recent->scanned == heavy_ones;
    }));
    std::int64_t last = 0;
    while (last < heavy_ones) {
        const auto some = hub.wait_for([](const StoredEvent&) { return true; }, last, 1000, 20s);
        REQUIRE(some.has_value());
        CHECK(some->events.size() == 8);
        for (const StoredEvent& event : some->events) CHECK(event.position == ++last);
        CHECK(some->scanned == last);
    }
}
