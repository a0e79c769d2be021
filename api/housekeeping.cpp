#include "api/housekeeping.hpp"

#include "bus/database.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>

namespace throughline {

using Clock = std::chrono::steady_clock;

Housekeeping::Housekeeping(std::vector<Chore> chores)
    : chores_(std::move(chores)), thread_([this] { loop(); }) {}

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
        auto next = Clock::time_point::max();
        for (Chore& chore : chores_) {
            if (chore.due > Clock::now()) {
                next = std::min(next, chore.due);
                continue;
            }
            try {
                chore.run();
            } catch (const std::exception& error) {
                spdlog::warn("chore {} failed: {}", chore.name, fault_text(error));
            }
            chore.due = Clock::now() + chore.every;
            next = std::min(next, chore.due);
        }
        lock.lock();
        wake_.wait_until(lock, next, [this] { return stopping_; });
    }
}

} // namespace throughline
