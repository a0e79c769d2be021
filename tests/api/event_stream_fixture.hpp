#pragma once
#include "api/event_stream.hpp"
#include "bus/ids.hpp"
#include "bus/memory_event_store.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <sstream>
#include <thread>

/// A hub over a log in memory, and what reads streams from it.
namespace throughline::event_streams {

using namespace std::chrono_literals;

inline const Uuid ours = uuid_of("0198a7a0-0000-7000-8000-00000000000a");
inline const Uuid theirs = uuid_of("0198a7a0-0000-7000-8000-00000000000b");

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

} // namespace throughline::event_streams
