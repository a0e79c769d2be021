#include "api/end_in_time.hpp"

#include <cstdlib>
#include <spdlog/spdlog.h>

namespace throughline {

EndInTime::~EndInTime() {
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void EndInTime::begin() {
    thread_ = std::thread([this] { watch(); });
}

void EndInTime::watch() {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, most_, [this] { return is_over_; })) return;
    spdlog::error("what is under way does not end: the server ends without it");
    std::_Exit(1);
}

} // namespace throughline
