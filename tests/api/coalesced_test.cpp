#include "api/coalesced.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

namespace throughline {
namespace {

using namespace std::chrono_literals;

/// Numbers from 1; the one with the number `held` waits until it is let go.
struct Numbers {
    explicit Numbers(int of_held) : held(of_held) {}

    int next() {
        const int number = ++begun;
        if (number == held) gate.wait();
        return number;
    }

    const int held;
    std::atomic<int> begun = 0;
    std::promise<void> go;
    std::shared_future<void> gate = go.get_future().share();
};

} // namespace

TEST_CASE("who comes while one is made gets the next, made once for all of them") {
    Numbers numbers(1);
    Coalesced<int> coalesced([&] { return numbers.next(); }, 3);
    auto first = std::async(std::launch::async, [&] { return coalesced.get(); });
    REQUIRE(wait_until([&] { return numbers.begun == 1; }));
    std::atomic<int> refused = 0;
    std::atomic<int> second = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            const auto number = coalesced.get();
            if (!number) ++refused;
            if (number == 2) ++second;
        });
    CHECK(wait_until([&] { return refused == 1; })); // so three wait
    numbers.go.set_value();
    for (std::thread& thread : threads) thread.join();
    CHECK(first.get() == 1);
    CHECK(second == 3);
    CHECK(numbers.begun == 2);
    CHECK(coalesced.get() == 3);
}

TEST_CASE("where too many wait the last one will do, as long as it is fresh") {
    for (const auto fresh : {std::chrono::milliseconds(10min), 0ms}) {
        Numbers numbers(2);
        Coalesced<int> coalesced([&] { return numbers.next(); }, 0, fresh);
        CHECK(coalesced.get() == 1);
        auto second = std::async(std::launch::async, [&] { return coalesced.get(); });
        REQUIRE(wait_until([&] { return numbers.begun == 2; }));
        CHECK(coalesced.get().has_value() == (fresh > 0ms));
        numbers.go.set_value();
        CHECK(second.get() == 2);
    }
}

TEST_CASE("what could not be made is made by the next") {
    bool fails = true;
    Coalesced<int> coalesced([&] {
        if (fails) throw std::runtime_error("no");
        return 7;
    });
    CHECK_THROWS_AS((void)coalesced.get(), std::runtime_error);
    fails = false;
    CHECK(coalesced.get() == 7);
}

} // namespace throughline
