#include "bus/commit_feed.hpp"
#include "tests/bus/sample_event.hpp"

#include <doctest/doctest.h>
#include <future>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

std::vector<StoredEvent> events(std::int64_t first, std::int64_t last) {
    std::vector<StoredEvent> made;
    for (std::int64_t position = first; position <= last; ++position) {
        made.push_back(full_event());
        made.back().position = position;
    }
    return made;
}

std::vector<std::int64_t> positions(const std::vector<StoredEvent>& events) {
    std::vector<std::int64_t> found;
    for (const StoredEvent& event : events) found.push_back(event.position);
    return found;
}

/// Stands for the log's table; remembers whether it was asked.
class Rest : public LogSource {
  public:
    explicit Rest(int& asked) : asked_(asked) {}
    std::vector<StoredEvent> next(std::int64_t after, std::size_t,
                                  std::chrono::milliseconds) override {
        ++asked_;
        return events(after + 1, after + 1);
    }

  private:
    int& asked_;
};

struct Fed {
    CommitFeed own{{.own_batch_ends = 60s}};
    LogSignal signal{"host=/nowhere"}; // told by hand
    int asked = 0;
    FedSource source{own, signal, std::make_unique<Rest>(asked)};

    void commit(std::int64_t first, std::int64_t last) {
        own.add(events(first, last));
        signal.advance(last);
    }
};

} // namespace

TEST_CASE("a feed gives what stands together, from the position asked for") {
    CommitFeed feed;
    feed.add(events(5, 7));
    feed.add(events(10, 11));
    CHECK(positions(feed.take(5, 10, 0ms)) == std::vector<std::int64_t>{6, 7});
    CHECK(positions(feed.take(9, 1, 0ms)) == std::vector<std::int64_t>{10});
    CHECK(feed.take(7, 10, 0ms).empty());
    CHECK(feed.take(11, 10, 0ms).empty());
}

TEST_CASE("a feed forgets the oldest first") {
    CommitFeed feed({.events = 3, .bytes = 1U << 20});
    feed.add(events(1, 5));
    CHECK(feed.take(1, 10, 0ms).empty());
    CHECK(positions(feed.take(2, 10, 0ms)) == std::vector<std::int64_t>{3, 4, 5});
    CommitFeed small({.events = 100, .bytes = full_event().data.size()});
    small.add(events(1, 2));
    CHECK(positions(small.take(1, 10, 0ms)) == std::vector<std::int64_t>{2});
}

TEST_CASE("a feed forgets what came before an erasure") {
    CommitFeed feed;
    std::vector<StoredEvent> some = events(1, 4);
    some[2].type = "contact.erased";
    feed.add(std::move(some));
    CHECK(feed.take(1, 10, 0ms).empty());
    CHECK(positions(feed.take(2, 10, 0ms)) == std::vector<std::int64_t>{3, 4});
}

TEST_CASE("what this process appended is not fetched back") {
    Fed fed;
    fed.commit(1, 3);
    CHECK(positions(fed.source.next(0, 2, 1s)) == std::vector<std::int64_t>{1, 2});
    CHECK(positions(fed.source.next(2, 2, 1s)) == std::vector<std::int64_t>{3});
    CHECK(fed.asked == 0);
}

TEST_CASE("what others appended comes from the log, in its place") {
    Fed fed;
    fed.commit(1, 1);
    fed.commit(3, 3); // 2 is another process's
    std::vector<std::int64_t> seen;
    for (std::int64_t after = 0; after < 3;) {
        const auto next = fed.source.next(after, 10, 1s);
        REQUIRE(!next.empty());
        for (const std::int64_t position : positions(next)) seen.push_back(position);
        after = seen.back();
    }
    CHECK(seen == std::vector<std::int64_t>{1, 2, 3});
    CHECK(fed.asked == 1);
}

TEST_CASE("what is in the log and about to be told is waited for, what others appended is not") {
    Fed fed;
    fed.own.begin();
    fed.signal.advance(1); // somebody heard of it first
    auto waiting = std::async(std::launch::async, [&] { return fed.source.next(0, 10, 60s); });
    CHECK(waiting.wait_for(10ms) == std::future_status::timeout);
    fed.own.add(events(1, 1));
    fed.own.end();
    CHECK(positions(waiting.get()) == std::vector<std::int64_t>{1});
    CHECK(fed.asked == 0);
    fed.own.begin();
    fed.signal.advance(2);
    waiting = std::async(std::launch::async, [&] { return fed.source.next(1, 10, 60s); });
    fed.own.end(); // without it
    CHECK(positions(waiting.get()) == std::vector<std::int64_t>{2});
    CHECK(fed.asked == 1);
}

TEST_CASE("where the log has nothing more, nobody is asked") {
    Fed fed;
    fed.commit(1, 1);
    CHECK(fed.source.next(1, 10, 1ms).empty());
    CHECK(fed.asked == 0);
}
