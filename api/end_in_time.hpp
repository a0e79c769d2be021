#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace throughline {

/// Ends the process where what is joined at its end does not end: threads wait for a database that
/// hangs and does not hang up, say. As after a SIGKILL, what was acknowledged is in the log.
class EndInTime {
  public:
    explicit EndInTime(std::chrono::milliseconds most) : most_(most) {}
    /// All has ended.
    ~EndInTime();
    EndInTime(const EndInTime&) = delete;
    EndInTime& operator=(const EndInTime&) = delete;

    /// The time begins. Call once.
    void begin();

  private:
    void watch();

    const std::chrono::milliseconds most_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_over_ = false;
    std::thread thread_;
};

} // namespace throughline
