#pragma once
#include <atomic>
#include <cstddef>

namespace throughline {

/// Counts a caller while it waits with a worker, of which there are few. Thread-safe.
class Waiting {
  public:
    explicit Waiting(std::atomic<std::size_t>& count) : all_(count), count_(++all_) {}
    ~Waiting() { --all_; }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    /// This one counted.
    [[nodiscard]] std::size_t count() const { return count_; }

  private:
    std::atomic<std::size_t>& all_;
    const std::size_t count_;
};

} // namespace throughline
