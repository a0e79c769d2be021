#include "api/event_stream.hpp"
#include "bus/ids.hpp"
#include "bus/memory_event_store.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <future>

#include <condition_variable>
#include <sstream>
#include <thread>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

const Uuid ours = uuid_of("0198a7a0-0000-7000-8000-00000000000a");
const Uuid theirs = uuid_of("0198a7a0-0000-7000-8000-00000000000b");

/// A log in memory that wakes those who wait for it.
class Log {
  public:
    void append(const Uuid& tenant, const std::string& type, const std::string& kind = "contact",
                const std::string& data = "{}") {
        Command command;
        command.id = new_id();
        command.tenant = tenant;
        command.time = now();
        command.writes.push_back(
            {tenant, {kind, new_id()}, 0, {{new_id(), type, 1, data, {}}}, "{}", "", false});
        REQUIRE(std::holds_alternative<Committed>(store.append(std::move(command)).get()));
        const std::lock_guard lock(mutex_);
        grew_.notify_all();
    }

    std::vector<StoredEvent> wait(std::int64_t after, std::size_t limit,
                                  std::chrono::milliseconds at_most) {
        std::unique_lock lock(mutex_);
        grew_.wait_for(lock, at_most, [&] { return store.head_position() > after; });
        return store.log(after, limit, {}).events;
    }

    [[nodiscard]] std::vector<std::int64_t> positions(const LogFilter& filter) {
        std::vector<std::int64_t> all;
        for (const StoredEvent& event : store.log(0, {1'000'000, std::string::npos}, filter).events)
            all.push_back(event.position);
        return all;
    }

    MemoryEventStore store;

  private:
    std::mutex mutex_;
    std::condition_variable grew_;
};

class MemorySource : public LogSource {
  public:
    explicit MemorySource(Log& log) : log_(log) {}
    std::vector<StoredEvent> next(std::int64_t after, std::size_t limit,
                                  std::chrono::milliseconds wait) override {
        return log_.wait(after, limit, wait);
    }

  private:
    Log& log_;
};

struct Message {
    std::string event;
    std::int64_t id = 0;
    std::string data;
};

/// What a server and a client do with a stream, on the calling thread.
class Client {
  public:
    explicit Client(EventStream& stream) : stream_(stream) {}

    /// Reads pieces, waiting between them as the server does, until `enough` or the end.
    template <class Enough> void read_until(Enough enough) {
        const auto deadline = std::chrono::steady_clock::now() + 60s;
        while (!enough()) {
            REQUIRE(std::chrono::steady_clock::now() < deadline);
            const auto piece = stream_.next();
            largest = std::max(largest, piece.bytes.size());
            take(piece.bytes);
            if ((ended = piece.last)) return;
            if (piece.bytes.empty()) wait();
        }
    }
    void read_events(std::size_t count) {
        read_until([&] { return events.size() >= count; });
    }

    std::vector<std::int64_t> events; // ids of messages without an event field
    std::vector<Message> others;
    bool ended = false;
    std::size_t largest = 0; // of the pieces

  private:
    void wait() {
        stream_.on_more([this] {
            const std::lock_guard lock(mutex_);
            awake_ = true;
            woken_.notify_all();
        });
        std::unique_lock lock(mutex_);
        woken_.wait_for(lock, stream_.max_wait(), [this] { return awake_; });
        awake_ = false;
    }

    void take(const std::string& bytes) {
        std::istringstream in(bytes);
        Message message;
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with("id: "))
                message.id = std::stoll(line.substr(4));
            else if (line.starts_with("event: "))
                message.event = line.substr(7);
            else if (line.starts_with("data: "))
                message.data = line.substr(6);
            else if (line.empty())
                finish(std::exchange(message, {}));
        }
    }

    void finish(const Message& message) {
        if (!message.event.empty())
            others.push_back(message);
        else if (message.id != 0) {
            CHECK(parse_json(message.data).text("sequence") == sequence_text(message.id));
            events.push_back(message.id);
        }
    }

    EventStream& stream_;
    std::mutex mutex_;
    std::condition_variable woken_;
    bool awake_ = false;
};

struct Fixture {
    Log log;
    EventHub hub;

    explicit Fixture(std::size_t ring = 8192)
        : hub(log.store, [this] { return std::make_unique<MemorySource>(log); }, {ring, 1U << 20}) {
    }

    [[nodiscard]] static StreamRequest from(std::int64_t position, LogFilter filter = {}) {
        StreamRequest request;
        request.sight = [](std::vector<const StoredEvent*> events) { return events; };
        filter.tenant = ours;
        request.filter = std::move(filter);
        request.from = position;
        request.expires = now() + 1h;
        request.target = "/api/events/stream?ticket=secret";
        return request;
    }
    void append_some(int count) {
        for (int i = 0; i < count; ++i)
            log.append(i % 3 == 0 ? theirs : ours,
                       i % 2 == 0 ? "contact.created" : "contact.updated");
    }
};

} // namespace

TEST_CASE("a stream shows the tenant's events of the log, then those that come") {
    Fixture fixture;
    fixture.append_some(3000);
    fixture.hub.start();
    EventStream stream(fixture.log.store, fixture.hub, Fixture::from(0));
    Client client(stream);
    client.read_events(2000);
    fixture.append_some(300);
    const auto expected = fixture.log.positions({ours, {}, {}, {}});
    client.read_events(expected.size());
    CHECK(client.events == expected);
}

TEST_CASE("nothing is missed or repeated while others append, whatever the ring still holds") {
    for (const std::size_t ring : {1U, 8U, 8192U}) {
        CAPTURE(ring);
        Fixture fixture(ring);
        fixture.append_some(50);
        fixture.hub.start();
        std::thread writer([&] { fixture.append_some(3000); });
        EventStream first(fixture.log.store, fixture.hub, Fixture::from(0));
        Client client(first);
        client.read_events(1000);
        // The connection breaks; the client comes back with the last id that it saw.
        EventStream second(fixture.log.store, fixture.hub, Fixture::from(client.events.back()));
        Client resumed(second);
        resumed.events = client.events;
        writer.join();
        const auto expected = fixture.log.positions({ours, {}, {}, {}});
        resumed.read_events(expected.size());
        CHECK(resumed.events == expected);
    }
}

TEST_CASE("a piece stays small however heavy the events are, from log and ring alike") {
    const std::string heavy = R"({"text":")" + std::string(100'000, 'x') + "\"}";
    for (const std::size_t ring : {1U, 8192U}) {
        CAPTURE(ring);
        Fixture fixture(ring);
        if (ring > 1) fixture.hub.start();
        for (int i = 0; i < 400; ++i) fixture.log.append(ours, "contact.created");
        for (int i = 0; i < 60; ++i)
            fixture.log.append(ours, "contact.created", "contact", i % 2 == 0 ? heavy : "{}");
        if (ring == 1) fixture.hub.start();
        EventStream stream(fixture.log.store, fixture.hub, Fixture::from(0));
        Client client(stream);
        const auto expected = fixture.log.positions({ours, {}, {}, {}});
        client.read_events(expected.size());
        CHECK(client.events == expected);
        CHECK(client.largest < (1U << 20));
    }
}

TEST_CASE("filters hold for the log and for the ring, and the heartbeat tells how far was looked") {
    Fixture fixture(4);
    fixture.append_some(100);
    fixture.hub.start();
    const LogFilter updates{ours, {"contact.updated"}, "contact", {}};
    EventStream stream(fixture.log.store, fixture.hub, Fixture::from(0, updates), 1ms);
    Client client(stream);
    const auto before = fixture.log.positions(updates);
    client.read_events(before.size());
    CHECK(client.events == before);

    for (int i = 0; i < 50; ++i)
        fixture.log.append(i % 2 == 0 ? ours : theirs, "organization.created", "organization");
    const auto head = fixture.log.store.head_position();
    client.read_until([&] { return !client.others.empty() && client.others.back().id == head; });
    CHECK(client.events == before);
    CHECK(client.others.back().event == "heartbeat");

    fixture.log.append(ours, "contact.updated");
    client.read_events(before.size() + 1);
    CHECK(client.events.back() == head + 1);
}

TEST_CASE("a stream without a position tells at once where it begins") {
    Fixture fixture;
    fixture.append_some(10);
    fixture.hub.start();
    StreamRequest request = Fixture::from(10);
    request.from_head = true;
    EventStream stream(fixture.log.store, fixture.hub, std::move(request));
    Client client(stream);
    client.read_until([&] { return !client.others.empty(); });
    CHECK(client.others.front().id == 10);
    CHECK(client.others.front().data.empty());
    CHECK(client.events.empty());
}

TEST_CASE("a stream ends with a problem when its token expires and when the server drains") {
    Fixture fixture;
    fixture.hub.start();
    StreamRequest expiring = Fixture::from(0);
    expiring.expires = now() + 50ms;
    EventStream first(fixture.log.store, fixture.hub, std::move(expiring));
    EventStream second(fixture.log.store, fixture.hub, Fixture::from(0));
    second.shut_down();
    for (const auto& [stream, status] : {std::pair{&first, 401}, std::pair{&second, 503}}) {
        Client client(*stream);
        client.read_until([&] { return client.ended; });
        REQUIRE(client.ended);
        REQUIRE_FALSE(client.others.empty());
        CHECK(client.others.back().event == "closed");
        const Json problem = parse_json(client.others.back().data);
        CHECK(problem.integer("status") == status);
        CHECK(problem.text("instance") == "/api/events/stream");
    }
}

TEST_CASE("a stream up to a position shows all before it, then ends, from log and ring alike") {
    for (const std::size_t ring : {1U, 8192U}) {
        CAPTURE(ring);
        Fixture fixture(ring);
        fixture.append_some(40);
        fixture.hub.start();
        REQUIRE(wait_until([&] { return fixture.hub.recent(40, {}, 1).has_value(); }));
        fixture.append_some(40);
        for (const std::int64_t to : {0, 20, 41, 60, 80}) {
            CAPTURE(to);
            StreamRequest request = Fixture::from(10);
            request.to = to;
            EventStream stream(fixture.log.store, fixture.hub, std::move(request));
            Client client(stream);
            client.read_until([] { return false; });
            REQUIRE(client.ended);
            auto expected = fixture.log.positions({ours, {}, {}, {}});
            std::erase_if(expected, [&](auto position) { return position <= 10 || position > to; });
            CHECK(client.events == expected);
            const Json problem = parse_json(client.others.back().data);
            CHECK(client.others.back().event == "closed");
            CHECK(problem.integer("status") == 200);
            CHECK(problem.text("type") == "urn:throughline:problem:complete");
        }
    }
}

TEST_CASE("a stream up to a position to come waits for it, whoever it then belongs to") {
    for (const bool is_ours : {true, false}) {
        CAPTURE(is_ours);
        Fixture fixture;
        fixture.append_some(10);
        fixture.hub.start();
        StreamRequest request = Fixture::from(10);
        request.to = 12;
        request.filter.types = {"contact.updated"};
        EventStream stream(fixture.log.store, fixture.hub, std::move(request), 10ms);
        Client client(stream);
        fixture.log.append(ours, "contact.updated");
        client.read_events(1);
        CHECK_FALSE(client.ended);
        for (int i = 0; i < 2; ++i) fixture.log.append(is_ours ? ours : theirs, "contact.created");
        client.read_until([] { return false; });
        CHECK(client.ended);
        CHECK(client.events == std::vector<std::int64_t>{11});
    }
}

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
