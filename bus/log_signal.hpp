#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace throughline {

/// Tells a process that the log grew: one thread and connection, woken by NOTIFY throughline_log
/// and looking at the log's head every 250 ms besides; it reconnects for ever. Whoever appends may
/// tell it sooner. One a process. Thread-safe.
class LogSignal {
  public:
    using Listener = std::function<void(std::int64_t head)>;

    explicit LogSignal(std::string database_url);
    ~LogSignal();

    LogSignal(const LogSignal&) = delete;
    LogSignal& operator=(const LogSignal&) = delete;

    /// The last position known, 0 at first; at most 250 ms behind while the database answers.
    [[nodiscard]] std::int64_t head() const;
    /// Blocks until the head is past `position`, for `limit` at most; the head.
    std::int64_t wait_past(std::int64_t position, std::chrono::milliseconds limit);
    /// The log is known to reach this far.
    void advance(std::int64_t head);
    /// Calls `listener` with every new head, on the thread that knows it first: it must be quick
    /// and not call back. Never called again once the result is let go, which must happen before
    /// the signal ends.
    [[nodiscard]] std::shared_ptr<void> subscribe(Listener listener);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace throughline
