#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace throughline {

/// Tells a thread to end. Thread-safe.
class StopFlag {
  public:
    void set();
    [[nodiscard]] bool is_set() const;
    /// Returns as soon as it is set; false where it is not by then.
    bool wait_for(std::chrono::milliseconds time);
    bool wait_until(std::chrono::steady_clock::time_point time);

  private:
    mutable std::mutex mutex_;
    std::condition_variable was_set_;
    bool is_set_ = false;
};

} // namespace throughline
