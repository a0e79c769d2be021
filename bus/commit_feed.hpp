#pragma once
#include "bus/appender.hpp"
#include "bus/log_signal.hpp"
#include "bus/subscription.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace throughline {

/// What this process appended of late, so that its own readers of the log need not fetch it back.
/// Bounded: the oldest goes first. Thread-safe.
class CommitFeed {
  public:
    struct Bounds {
        std::size_t events = 8192;
        std::size_t bytes = 32U << 20; // of data
        // How long what is under way may take to be given, within reason.
        std::chrono::milliseconds own_batch_ends = std::chrono::milliseconds(250);
    };

    CommitFeed() : CommitFeed(Bounds{}) {}
    explicit CommitFeed(Bounds bounds) : bounds_(bounds) {}

    /// From here to `end`, events that are in the log already may be about to be given.
    void begin();
    void end();
    /// Events that are committed, ascending, all of them behind those given before.
    void add(std::vector<StoredEvent> events);
    /// The events from `after` + 1 on, contiguous, as a source of the log gives them. Waits for the
    /// first of them, and longer while it may be about to be given; nothing where it does not come:
    /// somebody else's, or one that is long gone.
    [[nodiscard]] std::vector<StoredEvent> take(std::int64_t after, std::size_t limit,
                                                std::chrono::milliseconds wait);

  private:
    using Ring = std::deque<StoredEvent>;
    [[nodiscard]] Ring::const_iterator find(std::int64_t position) const;
    /// Whether the event after it can be told to be here, or not to come.
    [[nodiscard]] bool is_decided(std::int64_t after) const;

    const Bounds bounds_;
    std::mutex mutex_;
    std::condition_variable grew_;
    Ring ring_; // ascending; holes where another process appended
    std::size_t bytes_ = 0;
    std::uint64_t begun_ = 0, ended_ = 0;
};

/// What an appender tells goes to the feed, and then wakes who waits for the signal.
[[nodiscard]] Appender::Listener feeding(CommitFeed& own, LogSignal& signal);

/// Log order from what this process appended, and from another source for all the rest.
class FedSource : public LogSource {
  public:
    FedSource(CommitFeed& own, LogSignal& signal, std::unique_ptr<LogSource> rest)
        : own_(own), signal_(signal), rest_(std::move(rest)) {}
    [[nodiscard]] std::vector<StoredEvent> next(std::int64_t after, std::size_t limit,
                                                std::chrono::milliseconds wait) override;

  private:
    CommitFeed& own_;
    LogSignal& signal_;
    const std::unique_ptr<LogSource> rest_;
};

} // namespace throughline
