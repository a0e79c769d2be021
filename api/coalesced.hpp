#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace throughline {

/// What is dear to make, made by one caller at a time for all who wait: each gets one that was
/// begun after they came. Thread-safe.
template <class T> class Coalesced {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Coalesced(std::function<T()> make, std::size_t most_waiting = 6,
                       Clock::duration fresh = std::chrono::seconds(2))
        : make_(std::move(make)), most_waiting_(most_waiting), fresh_(fresh) {}

    /// Blocks, unless so many wait already: then the last one, or nothing where that is not fresh.
    /// Throws what making it throws.
    [[nodiscard]] std::optional<T> get() {
        std::unique_lock lock(mutex_);
        if (is_making_ && waiting_ >= most_waiting_) return last_if_fresh();
        const std::uint64_t wanted = begun_ + 1;
        ++waiting_;
        changed_.wait(lock, [&] { return !is_making_ || ended_ >= wanted; });
        --waiting_;
        if (ended_ >= wanted) return last_;
        return made(lock);
    }

  private:
    std::optional<T> made(std::unique_lock<std::mutex>& lock) {
        const std::uint64_t number = ++begun_;
        const auto began = Clock::now();
        is_making_ = true;
        lock.unlock();
        const Making making(*this, lock);
        std::optional<T> result(make_());
        lock.lock();
        ended_ = number;
        last_ = result;
        last_began_ = began;
        return result;
    }

    /// However it ends, another may begin.
    struct Making {
        Making(Coalesced& of_this, std::unique_lock<std::mutex>& held)
            : coalesced(of_this), lock(held) {}
        ~Making() {
            if (!lock.owns_lock()) lock.lock();
            coalesced.is_making_ = false;
            coalesced.changed_.notify_all();
        }
        Making(const Making&) = delete;
        Making& operator=(const Making&) = delete;
        Coalesced& coalesced;
        std::unique_lock<std::mutex>& lock;
    };

    [[nodiscard]] std::optional<T> last_if_fresh() const {
        return Clock::now() - last_began_ < fresh_ ? last_ : std::nullopt;
    }

    const std::function<T()> make_;
    const std::size_t most_waiting_;
    const Clock::duration fresh_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_making_ = false;
    std::size_t waiting_ = 0;
    std::uint64_t begun_ = 0;
    std::uint64_t ended_ = 0; // the number of the last one
    std::optional<T> last_;
    Clock::time_point last_began_{};
};

} // namespace throughline
