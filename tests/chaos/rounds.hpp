#pragma once
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/whole.hpp"

#include <cstdlib>
#include <random>

namespace throughline {

/// How often each fault is made: CHAOS_ROUNDS, else 2.
inline int rounds() {
    const char* text = std::getenv("CHAOS_ROUNDS");
    return text == nullptr ? 2 : std::atoi(text);
}

/// From 0 up to `most`, another one each time: when a fault strikes, and whom.
inline std::size_t random_number(std::size_t most) {
    static std::mt19937_64 random(std::random_device{}());
    return std::uniform_int_distribution<std::size_t>(0, most)(random);
}

} // namespace throughline
