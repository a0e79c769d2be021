#pragma once
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace throughline {

/// A clock of the day for the processes that get its environment, which can be set while they run.
/// Time that is waited or measured (CLOCK_MONOTONIC) goes on as it does.
class ShiftedClock {
  public:
    ShiftedClock();
    ~ShiftedClock();
    ShiftedClock(const ShiftedClock&) = delete;
    ShiftedClock& operator=(const ShiftedClock&) = delete;

    [[nodiscard]] Environment environment() const;
    /// So far from the true time.
    void set(std::chrono::seconds shift) { *seconds_ = shift.count(); }

  private:
    TemporaryFolder folder_;
    std::atomic<std::int64_t>* seconds_; // in the file that the processes read
};

} // namespace throughline
