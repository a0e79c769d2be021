#include "api/housekeeping.hpp"

#include <spdlog/spdlog.h>

namespace throughline {

Housekeeping::Housekeeping(std::vector<Chore> chores, std::chrono::milliseconds period)
    : chores_(std::move(chores)), period_(period), thread_([this] { loop(); }) {}

Housekeeping::~Housekeeping() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void Housekeeping::loop() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        for (const Chore& chore : chores_) {
            try {
                chore.run();
            } catch (const std::exception& error) {
                spdlog::warn("chore {} failed: {}", chore.name, error.what());
            }
        }
        lock.lock();
        wake_.wait_for(lock, period_, [this] { return stopping_; });
    }
}

} // namespace throughline
