#pragma once
#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>

namespace throughline {

/// Asks the condition every few milliseconds, once more after the deadline; false when it did not
/// hold by then.
template <class Condition>
[[nodiscard]] bool wait_until(Condition&& condition,
                              std::chrono::milliseconds within = std::chrono::seconds(60)) {
    const auto deadline = std::chrono::steady_clock::now() + within;
    for (;;) {
        const bool is_last = std::chrono::steady_clock::now() > deadline;
        if (condition()) return true;
        if (is_last) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

/// A loopback TCP port that nobody uses, outside of the range the system gives to clients. No other
/// test gets it while this process runs, also where nobody listens on it yet, or for a while.
[[nodiscard]] std::uint16_t free_port();

} // namespace throughline
