#include "bus/background_pace.hpp"

#include <doctest/doctest.h>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

/// A machine whose clock and load the test sets.
struct Machine {
    std::uint64_t written = 0;
    bool is_waited_for = false;
    std::chrono::microseconds waited{0};
    BackgroundPace::Clock::time_point time{1h};

    BackgroundPace pace{{.appended = [this] { return written; },
                         .is_waited_for = [this] { return is_waited_for; },
                         .waited_for_cpu = [this] { return waited; },
                         .now = [this] { return time; }},
                        10s};

    /// A second in which so much was written while tasks waited that long for a CPU.
    void pass_second(std::uint64_t writes, std::chrono::microseconds waiting) {
        (void)pace.rest(20ms, 5ms); // has been looked at now
        time += 1s;
        written += writes;
        waited += waiting;
    }
};

} // namespace

TEST_CASE("in a rush of writes on a busy machine they rest as long as gives them a tenth") {
    Machine machine;
    machine.pass_second(4000, 500ms);
    CHECK(machine.pace.rest(20ms, 5ms) == 180ms);
    CHECK(machine.pace.rest(1ms, 5ms) == 9ms);
    CHECK(machine.pace.rest(1h, 5ms) == 1s); // never longer
    machine.time += 400ms;                   // too soon to look again
    CHECK(machine.pace.rest(20ms, 5ms) == 180ms);
    machine.time += 100ms; // nothing was written since
    CHECK(machine.pace.rest(20ms, 5ms) == 0ms);
}

TEST_CASE("nobody rests while writes are few or CPUs free") {
    Machine machine;
    machine.pass_second(2000, 700ms);
    CHECK(machine.pace.rest(20ms, 5ms) == 0ms);
    machine.pass_second(4000, 300ms);
    CHECK(machine.pace.rest(20ms, 5ms) == 0ms);
}

TEST_CASE("nobody rests in a rush while a read waits for it, or who is far behind") {
    Machine machine;
    machine.pass_second(4000, 700ms);
    CHECK(machine.pace.rest(20ms, 11s) == 0ms);
    CHECK(machine.pace.rest(20ms, -1s) == 0ms);
    machine.is_waited_for = true;
    CHECK(machine.pace.rest(20ms, 5ms) == 0ms);
    machine.is_waited_for = false;
    CHECK(machine.pace.rest(20ms, 5ms) == 180ms);
}
