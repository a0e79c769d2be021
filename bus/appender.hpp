#pragma once
#include "bus/event_store.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace throughline {

/// What it holds, and waits for, at most.
struct AppenderLimits {
    std::size_t queued_commands = 10'000;
    std::size_t batch_commands = 256;
    std::size_t batch_bytes = 4U << 20;        // a single command may weigh more
    std::chrono::milliseconds patience{5'000}; // with a log without answer, before Unavailable
    std::chrono::milliseconds drain{10'000};   // of stop(), before it hangs up
};

/// Counts by upper bound; what is above the last bound counts only in `count` and `sum`.
struct Histogram {
    std::vector<std::pair<double, std::uint64_t>> buckets; // not cumulative
    double sum = 0;
    std::uint64_t count = 0;
    void observe(double value);
};

/// What it did since it began, and what waits.
struct AppenderStats {
    Histogram batch_size; // commands
    Histogram seconds;    // of a batch, tries included
    std::size_t queued = 0;
};

/// Group commit: one thread and one connection, and a thread that watches over them. While one
/// batch is in flight the next gathers, and another millisecond where the last one held several;
/// who writes alone pays one commit a command and waits for nobody. Commands on the same stream
/// keep their order. Thread-safe.
///
/// A lost connection leaves the outcome of its batch unknown: it is run again with the same ids
/// until it is known, and is never answered as a failure. Such a batch may then be `duplicate` of
/// itself. A database that neither answers nor hangs up is waited for until the end of stop().
class Appender {
  public:
    /// Who hears of its work, on the appender's thread: they must be quick.
    struct Listener {
        std::function<void()> begins; // a batch is on its way to the log
        std::function<void(std::vector<StoredEvent>)> committed;
        std::function<void()> ends; // all of the batch that was committed has been told
    };

    explicit Appender(std::string url, AppenderLimits limits = {}, Listener listener = {});
    ~Appender(); // stops

    Appender(const Appender&) = delete;
    Appender& operator=(const Appender&) = delete;

    /// Never blocks. Where the outcome cannot be learned before the end of stop(), it throws when
    /// asked.
    [[nodiscard]] PendingOutcome append(Command command);
    /// Writes what is queued and takes nothing more. Blocks for `drain` at most, and for as long as
    /// it takes to see that no connection can be made. Idempotent.
    void stop();
    [[nodiscard]] AppenderStats stats() const;
    /// How many commands were taken to the log so far.
    [[nodiscard]] std::uint64_t written() const;
    /// In how many batches.
    [[nodiscard]] std::uint64_t commits() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace throughline
