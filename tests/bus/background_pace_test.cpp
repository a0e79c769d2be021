#include "bus/background_pace.hpp"

#include <doctest/doctest.h>

using namespace throughline;
using namespace std::chrono_literals;

TEST_CASE("nobody rests without a rush of writes, while a read waits, or who is far behind") {
    std::uint64_t written = 0;
    bool is_waited_for = false;
    BackgroundPace idle([&] { return written; }, [&] { return is_waited_for; }, 10s);
    CHECK(idle.rest(20ms, 5ms) == 0ms);

    // Endless writes; whether CPUs are short is the machine's to say.
    BackgroundPace rushed([&] { return written += 1'000'000'000; }, [&] { return is_waited_for; },
                          10s);
    (void)rushed.rest(20ms, 5ms);
    CHECK(rushed.rest(20ms, 5ms) <= 180ms);
    CHECK(rushed.rest(1h, 5ms) <= 1s);
    CHECK(rushed.rest(20ms, 11s) == 0ms);
    CHECK(rushed.rest(20ms, -1s) == 0ms);
    is_waited_for = true;
    CHECK(rushed.rest(20ms, 5ms) == 0ms);
}
