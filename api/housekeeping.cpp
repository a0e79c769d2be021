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

void Housekeeping::loop() {
    while (!stop_.is_set()) {
        auto next = Clock::time_point::max();
        for (Chore& chore : chores_) {
            if (stop_.is_set()) return;
            if (chore.due <= Clock::now()) run(chore);
            next = std::min(next, chore.due);
        }
        stop_.wait_until(next);
    }
}

} // namespace throughline
