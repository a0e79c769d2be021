#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>

namespace throughline {

/// How long tasks of this machine have waited for a CPU since it started, as Linux counts it (PSI,
/// kernel documentation accounting/psi.rst). Zero where it does not.
[[nodiscard]] std::chrono::microseconds waited_for_cpu();

/// Lets durable appends go first where CPUs are short: relay and read models then rest after each
/// batch, fall behind for a while, and catch up in larger batches once the rush is over.
/// Thread-safe.
class BackgroundPace {
  public:
    using Clock = std::chrono::steady_clock;

    /// What it goes by.
    struct Signs {
        std::function<std::uint64_t()> appended; // how many writes this process made so far
        std::function<std::uint64_t()> commits;  // in how many commits
        std::function<bool()> is_waited_for;     // whether somebody waits for what they rest from
        std::function<std::chrono::microseconds()> waited_for_cpu = throughline::waited_for_cpu;
        std::function<Clock::time_point()> now = Clock::now;
    };
    /// Nobody rests who is more than `most_lag` behind.
    BackgroundPace(Signs signs, std::chrono::milliseconds most_lag)
        : signs_(std::move(signs)), most_lag_(most_lag) {}

    /// Whether somebody waits for what they rest from.
    [[nodiscard]] bool is_waited_for() const { return signs_.is_waited_for(); }

    /// Blocks for as long as a piece of a rest takes, or less where the caller is to stop.
    using Nap = std::function<void(std::chrono::milliseconds)>;
    /// Rests after a batch that took `took`, its last event being `lag` old, nap by nap: no longer
    /// where somebody begins to wait, or nothing is written any more.
    void rest(std::chrono::nanoseconds took, std::chrono::microseconds lag, const Nap& nap);

  private:
    /// Many writes in the last moments, or many waiting for each commit, while tasks waited for a
    /// CPU.
    bool is_rush();
    [[nodiscard]] std::chrono::milliseconds rest_after(std::chrono::nanoseconds took,
                                                       std::chrono::microseconds lag);

    const Signs signs_;
    const std::chrono::milliseconds most_lag_;
    std::mutex mutex_;
    Clock::time_point looked_{};
    std::chrono::microseconds waited_{0}; // of all time, as of then
    std::uint64_t seen_ = 0;              // writes, as of then
    std::uint64_t seen_commits_ = 0;      // as of then
    bool is_rush_ = false;
};

} // namespace throughline
