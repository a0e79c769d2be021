#pragma once
#include "tests/support/tenant.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>

namespace throughline {

/// Somebody with honest requests while others attack: reads and writes until its end.
class Bystander {
  public:
    explicit Bystander(TestServer& server, const std::string& email = "bystander@example.com");
    ~Bystander();

    /// How many requests were answered as they should be.
    [[nodiscard]] std::size_t served() const { return served_; }
    /// Whether so many more are answered in time.
    [[nodiscard]] bool is_served(std::size_t more = 20) const;
    /// How long the slowest answer took so far.
    [[nodiscard]] std::chrono::milliseconds longest() const { return longest_; }
    /// The first answer that was none or wrong; empty where all were right.
    [[nodiscard]] std::string fault() const;

  private:
    void work(HttpClient& client);

    HttpClient client_;
    std::atomic<std::size_t> served_ = 0;
    std::atomic<std::chrono::milliseconds> longest_{};
    std::atomic<bool> stopping_ = false;
    mutable std::mutex mutex_;
    std::string fault_;
    std::thread thread_;
};

/// The most memory that the process ever had, in MiB (VmHWM).
[[nodiscard]] std::size_t peak_memory(pid_t process);

/// What the server may take under attack, in MiB: far more than it needs, far less than a bomb.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::size_t memory_bound = 4096;
#else
inline constexpr std::size_t memory_bound = 768;
#endif

/// That it runs, answers, has logged no fault and stayed within its memory.
void check_unharmed(TestServer& server);

} // namespace throughline
