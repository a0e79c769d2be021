#pragma once
#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>

namespace throughline {

/// Asks the condition every few milliseconds; false when the deadline passed before it held.
template <class Condition>
[[nodiscard]] bool wait_until(Condition&& condition,
                              std::chrono::milliseconds within = std::chrono::seconds(20)) {
    const auto deadline = std::chrono::steady_clock::now() + within;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

/// A loopback TCP port that nobody uses, outside of the range the system gives to clients.
[[nodiscard]] std::uint16_t free_port();

} // namespace throughline
