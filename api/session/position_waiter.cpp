#include "api/session/position_waiter.hpp"

#include "api/session/waiting.hpp"
#include "bus/checkpoints.hpp"
#include "bus/event_store.hpp"

#include <thread>

namespace throughline {

namespace {

constexpr std::chrono::milliseconds poll_interval{20};

} // namespace

std::int64_t CheckpointWaiter::wait(const std::string& projection, std::int64_t position,
                                    std::chrono::milliseconds limit) {
    const Waiting waiting(waiting_);
    if (waiting.count() > max_waiting_) limit = {};
    if (!projection.empty()) return checkpoints_.wait(projection, position, limit);
    const auto deadline = std::chrono::steady_clock::now() + limit;
    auto head = store_.head_position();
    while (head < position && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(poll_interval);
        head = store_.head_position();
    }
    return head;
}

} // namespace throughline
