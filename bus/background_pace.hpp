#pragma once
#include <chrono>
#include <functional>
#include <mutex>

namespace throughline {

/// Lets durable appends go first where CPUs are short: relay and read models then rest after each
/// batch, fall behind for a while, and catch up in larger batches once the rush is over.
/// Thread-safe.
class BackgroundPace {
  public:
    /// `is_appending`: whether this process appends right now. Nobody rests who is more than
    /// `most_lag` behind.
    BackgroundPace(std::function<bool()> is_appending, std::chrono::milliseconds most_lag)
        : is_appending_(std::move(is_appending)), most_lag_(most_lag) {}

    /// How long to rest after a batch that took `took`, its last event being `lag` old.
    [[nodiscard]] std::chrono::milliseconds rest(std::chrono::nanoseconds took,
                                                 std::chrono::microseconds lag);

  private:
    /// Share of the last moments in which some task waited for a CPU, as Linux counts it (PSI,
    /// kernel documentation accounting/psi.rst); 0 where it does not.
    double cpu_pressure();

    const std::function<bool()> is_appending_;
    const std::chrono::milliseconds most_lag_;
    std::mutex mutex_;
    std::chrono::steady_clock::time_point looked_{};
    std::chrono::microseconds waited_{0}; // of all time, when last looked
    double pressure_ = 0;
};

} // namespace throughline
