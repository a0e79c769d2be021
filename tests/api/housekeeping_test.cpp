#include "api/housekeeping.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <stdexcept>

using namespace throughline;
using namespace std::chrono_literals;

TEST_CASE("a chore with more to do is due again at once, after the others had their turn") {
    std::atomic<int> slices = 0;
    std::atomic<int> other = 0;
    std::atomic<bool> is_other_second = false;
    const Housekeeping housekeeping({{"much", [&] { return ++slices < 5; }, 1h},
                                     {"little",
                                      [&] {
                                          is_other_second = slices == 1;
                                          ++other;
                                          return false;
                                      },
                                      1h}});
    CHECK(wait_until([&] { return slices == 5 && other == 1; }));
    CHECK(is_other_second);
}

TEST_CASE("a chore that fails is tried again, and the others go on") {
    std::atomic<int> failures = 0;
    std::atomic<int> other = 0;
    const Housekeeping housekeeping({{"failing",
                                      [&]() -> bool {
                                          ++failures;
                                          throw std::runtime_error("not now");
                                      },
                                      1ms},
                                     {"other",
                                      [&] {
                                          ++other;
                                          return false;
                                      },
                                      1h}});
    CHECK(wait_until([&] { return failures >= 2 && other == 1; }));
}

TEST_CASE("the end comes between two chores") {
    std::promise<void> begun;
    std::promise<void> may_end;
    std::atomic<int> others = 0;
    {
        Housekeeping housekeeping({{"long",
                                    [&] {
                                        begun.set_value();
                                        may_end.get_future().wait();
                                        return true;
                                    },
                                    1h},
                                   {"other",
                                    [&] {
                                        ++others;
                                        return false;
                                    },
                                    1h}});
        begun.get_future().wait();
        housekeeping.begin_stop();
        may_end.set_value();
    }
    CHECK(others == 0);
}
