#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>

namespace throughline {

/// Lets durable appends go first where CPUs are short: relay and read models then rest after each
/// batch, fall behind for a while, and catch up in larger batches once the rush is over.
/// Thread-safe.
class BackgroundPace {
  public:
    /// `appended`: how many writes this process made so far. `is_waited_for`: whether somebody
    /// waits for what they rest from. Nobody rests who is more than `most_lag` behind.
    BackgroundPace(std::function<std::uint64_t()> appended, std::function<bool()> is_waited_for,
                   std::chrono::milliseconds most_lag)
        : appended_(std::move(appended)), is_waited_for_(std::move(is_waited_for)),
          most_lag_(most_lag) {}

    /// How long to rest after a batch that took `took`, its last event being `lag` old.
    [[nodiscard]] std::chrono::milliseconds rest(std::chrono::nanoseconds took,
                                                 std::chrono::microseconds lag);

  private:
    /// Many writes in the last moments while tasks waited for a CPU, as Linux counts it (PSI,
    /// kernel documentation accounting/psi.rst). Never where it does not.
    bool is_rush();

    const std::function<std::uint64_t()> appended_;
    const std::function<bool()> is_waited_for_;
    const std::chrono::milliseconds most_lag_;
    std::mutex mutex_;
    std::chrono::steady_clock::time_point looked_{};
    std::chrono::microseconds waited_{0}; // of all time, as of then
    std::uint64_t seen_ = 0;              // writes, as of then
    bool is_rush_ = false;
};

} // namespace throughline
