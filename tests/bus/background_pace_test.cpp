#include "bus/background_pace.hpp"

#include <doctest/doctest.h>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

/// A machine whose clock and load the test sets.
struct Machine {
    std::uint64_t written = 0;
    std::uint64_t commits = 0;
    bool is_waited_for = false;
    std::chrono::microseconds waited{0};
    BackgroundPace::Clock::time_point time{1h};

    BackgroundPace pace{{.appended = [this] { return written; },
                         .commits = [this] { return commits; },
                         .is_waited_for = [this] { return is_waited_for; },
                         .waited_for_cpu = [this] { return waited; },
                         .now = [this] { return time; }},
                        10s};

    /// How long it rests while others go on writing.
    std::chrono::milliseconds rest(std::chrono::nanoseconds took, std::chrono::microseconds lag) {
        std::chrono::milliseconds rested{0};
        pace.rest(took, lag, [&](auto nap) {
            rested += nap;
            ++written;
        });
        return rested;
    }

    /// A second in which so much was written, five to a commit unless said, while tasks waited that
    /// long for a CPU.
    void pass_second(std::uint64_t writes, std::chrono::microseconds waiting,
                     std::uint64_t to_a_commit = 5) {
        (void)rest(20ms, 5ms); // has been looked at now
        time += 1s;
        written += writes;
        commits += writes / to_a_commit;
        waited += waiting;
    }
};

} // namespace

TEST_CASE("in a rush of writes on a busy machine they rest as long as gives them a fifteenth") {
    Machine machine;
    machine.pass_second(4000, 300ms);
    CHECK(machine.rest(20ms, 5ms) == 280ms);
    CHECK(machine.rest(1ms, 5ms) == 14ms);
    CHECK(machine.rest(1h, 5ms) == 1500ms); // never longer
    machine.time += 400ms;                  // too soon to look again
    CHECK(machine.rest(20ms, 5ms) == 280ms);
    machine.time += 100ms; // next to nothing was written since
    CHECK(machine.rest(20ms, 5ms) == 0ms);
}

TEST_CASE("writers who wait for each commit are a rush, too, however slow that has become") {
    Machine machine;
    machine.pass_second(2600, 700ms, 40);
    CHECK(machine.rest(20ms, 5ms) == 280ms);
    machine.pass_second(2000, 700ms, 20); // a steady load that a slow disk gathers
    CHECK(machine.rest(20ms, 5ms) == 0ms);
    machine.pass_second(900, 700ms, 100);
    CHECK(machine.rest(20ms, 5ms) == 0ms);
    machine.pass_second(2600, 200ms, 40);
    CHECK(machine.rest(20ms, 5ms) == 0ms);
}

TEST_CASE("nobody rests while writes are few or CPUs free") {
    Machine machine;
    machine.pass_second(2000, 700ms);
    CHECK(machine.rest(20ms, 5ms) == 0ms);
    machine.pass_second(4000, 290ms);
    CHECK(machine.rest(20ms, 5ms) == 0ms);
}

TEST_CASE("nobody rests in a rush while a read waits for it, or who is far behind") {
    Machine machine;
    machine.pass_second(4000, 700ms);
    CHECK(machine.rest(20ms, 11s) == 0ms);
    CHECK(machine.rest(20ms, -1s) == 0ms);
    machine.is_waited_for = true;
    CHECK(machine.rest(20ms, 5ms) == 0ms);
    machine.is_waited_for = false;
    CHECK(machine.rest(20ms, 5ms) == 280ms);
}

TEST_CASE("a rest ends where nothing is written any more, or somebody begins to wait") {
    Machine machine;
    machine.pass_second(4000, 700ms);
    int naps = 0;
    machine.pace.rest(1h, 5ms, [&](auto) { machine.written += ++naps < 3 ? 1 : 0; });
    CHECK(naps == 3);
    naps = 0;
    machine.pace.rest(1h, 5ms, [&](auto) {
        ++machine.written;
        machine.is_waited_for = ++naps == 2;
    });
    CHECK(naps == 2);
}
