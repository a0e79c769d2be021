#include "bus/stop_flag.hpp"

namespace throughline {

void StopFlag::set() {
    {
        const std::lock_guard lock(mutex_);
        is_set_ = true;
    }
    was_set_.notify_all();
}

bool StopFlag::is_set() const {
    const std::lock_guard lock(mutex_);
    return is_set_;
}

bool StopFlag::wait_for(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return was_set_.wait_for(lock, time, [this] { return is_set_; });
}

bool StopFlag::wait_until(std::chrono::steady_clock::time_point time) {
    std::unique_lock lock(mutex_);
    return was_set_.wait_until(lock, time, [this] { return is_set_; });
}

} // namespace throughline
