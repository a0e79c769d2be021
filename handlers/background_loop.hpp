#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace throughline {

/// Does one thing again and again on a thread of its own: at once while there is more to do, else
/// after a pause or when it is woken. What it throws is logged, once for the same fault in a row.
/// Thread-safe.
class BackgroundLoop {
  public:
    /// `step` says whether there may be more to do. `name` is for the log.
    BackgroundLoop(std::string name, std::function<bool()> step, std::chrono::milliseconds pause);
    ~BackgroundLoop() { stop(); }
    BackgroundLoop(const BackgroundLoop&) = delete;
    BackgroundLoop& operator=(const BackgroundLoop&) = delete;

    void start();
    /// Waits for the step under way. Idempotent.
    void stop();
    void wake();
    [[nodiscard]] bool is_stopping() const;

  private:
    void loop();
    [[nodiscard]] bool try_step(std::string& told) const;

    const std::string name_;
    const std::function<bool()> step_;
    const std::chrono::milliseconds pause_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    bool woken_ = false;
    std::thread thread_;
};

} // namespace throughline
