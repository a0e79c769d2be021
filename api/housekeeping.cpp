#include "api/housekeeping.hpp"

#include "bus/database.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>

namespace throughline {

using Clock = std::chrono::steady_clock;

namespace {

void run(Housekeeping::Chore& chore) {
    bool has_more = false;
    try {
        has_more = chore.run();
    } catch (const std::exception& error) {
        spdlog::warn("chore {} failed: {}", chore.name, fault_text(error));
    }
    chore.due = Clock::now();
    if (!has_more) chore.due += chore.every;
}

} // namespace

Housekeeping::Housekeeping(std::vector<Chore> chores)
    : chores_(std::move(chores)), thread_([this] { loop(); }) {}

Housekeeping::~Housekeeping() {
    begin_stop();
    thread_.join();
}

void Housekeeping::begin_stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
}

bool Housekeeping::is_stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void Housekeeping::loop() {
    while (!is_stopping()) {
        auto next = Clock::time_point::max();
        for (Chore& chore : chores_) {
            if (is_stopping()) return;
            if (chore.due <= Clock::now()) run(chore);
            next = std::min(next, chore.due);
        }
        std::unique_lock lock(mutex_);
        wake_.wait_until(lock, next, [this] { return stopping_; });
    }
}

} // namespace throughline
