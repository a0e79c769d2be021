#include "api/session/position_waiter.hpp"
#include "bus/checkpoints.hpp"
#include "bus/memory_event_store.hpp"

#include <doctest/doctest.h>

namespace throughline {

TEST_CASE("one reader more than may wait is answered at once") {
    using namespace std::chrono_literals;
    MemoryEventStore store;
    Database unused("postgresql:///unused", Role::system, 1);
    Checkpoints checkpoints(unused);
    CheckpointWaiter none_may_wait(checkpoints, store, 0);
    auto began = std::chrono::steady_clock::now();
    CHECK(none_may_wait.wait("", 1, 60s) == 0);
    CHECK(std::chrono::steady_clock::now() - began < 30s);
    CheckpointWaiter one_may_wait(checkpoints, store, 1);
    began = std::chrono::steady_clock::now();
    CHECK(one_may_wait.wait("", 1, 50ms) == 0);
    CHECK(std::chrono::steady_clock::now() - began >= 50ms);
}

} // namespace throughline
