#include "api/routes/identity.hpp"
#include "api/session/guess_limits.hpp"

#include <doctest/doctest.h>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

const GuessLimits::Clock::time_point begin{1000h};

/// How many of so many guesses pass.
int passed(GuessLimits& limits, const std::string& what, int guesses,
           GuessLimits::Clock::time_point at = begin, const std::string& address = "10.0.0.1") {
    int count = 0;
    for (int i = 0; i < guesses; ++i)
        if (!limits.count(what, address, at)) ++count;
    return count;
}

} // namespace

TEST_CASE("ten guesses at one thing pass, and one more every half minute") {
    GuessLimits limits(true);
    CHECK(passed(limits, "ada", 12) == 10);
    CHECK(limits.count("ada", "10.0.0.1", begin).value().wait == 30s);
    CHECK(limits.count("ada", "10.0.0.1", begin).value().quota == 10);
    CHECK(limits.count("ada", "10.0.0.1", begin + 29500ms).value().wait == 1s);
    CHECK(passed(limits, "bob", 1) == 1);
    CHECK(passed(limits, "ada", 2, begin + 31s) == 1);
    CHECK(passed(limits, "ada", 20, begin + 1h) == 10);
}

TEST_CASE("a guess that nobody looked at does not count, and is not right") {
    GuessLimits limits(true);
    const std::string home = "192.0.2.7";
    for (int i = 0; i < 30; ++i) {
        CHECK(passed(limits, "ada", 1, begin, home) == 1);
        limits.take_back("ada", home);
    }
    for (int i = 0; i < 10; ++i)
        CHECK(passed(limits, "ada", 10, begin, "10.0.0." + std::to_string(i)) == 10);
    CHECK(limits.count("ada", home, begin).has_value());
}

TEST_CASE("a guess counts where somebody looked at it and it was wrong") {
    GuessLimits limits(true);
    Request request;
    request.remote_address = "10.0.0.1";
    const auto guess = [&](const Result<int>& comes_of_it) {
        CHECK_FALSE(limits.count("ada", request.remote_address).has_value());
        return as_guess(limits, "ada", request, [&] { return comes_of_it; });
    };
    for (int i = 0; i < 20; ++i) {
        CHECK(guess(7).has_value());
        for (const Refusal silent : {Refusal::malformed, Refusal::conflict, Refusal::unavailable})
            CHECK_FALSE(guess(Rejection{silent, ""}).has_value());
        CHECK_FALSE(limits.count("ada", request.remote_address).has_value());
        CHECK_THROWS_AS(as_guess(limits, "ada", request,
                                 []() -> Result<int> { throw std::runtime_error("away"); }),
                        std::runtime_error);
    }
    for (int i = 0; i < 10; ++i)
        CHECK_FALSE(guess(Rejection{Refusal::unauthenticated, ""}).has_value());
    CHECK(limits.count("ada", request.remote_address).has_value());
}

TEST_CASE("who guesses wrong elsewhere locks nobody out of where they work") {
    GuessLimits limits(true);
    const std::string home = "192.0.2.7";
    CHECK(passed(limits, "ada", 1, begin, home) == 1);
    limits.forgive("ada", home);
    CHECK(passed(limits, "ada", 12) == 10);
    CHECK(passed(limits, "ada", 1, begin, "10.0.0.2") == 1);
    int count = 11;
    for (int i = 3; i < 20; ++i)
        count += passed(limits, "ada", 10, begin, "10.0.0." + std::to_string(i));
    CHECK(count == 100);
    CHECK(limits.count("ada", "198.51.100.1", begin).value().wait == 3s);
    CHECK(passed(limits, "bob", 1, begin, "198.51.100.1") == 1);
    CHECK(passed(limits, "ada", 12, begin, home) == 10);
}

TEST_CASE("a hundred guesses from one address pass, at whatever") {
    GuessLimits limits(true);
    int count = 0;
    for (int i = 0; i < 110; ++i) count += passed(limits, std::to_string(i), 1);
    CHECK(count == 100);
    CHECK(limits.count("ada", "10.0.0.1", begin).value().wait == 3s);
    CHECK(limits.count("ada", "10.0.0.1", begin).value().quota == 100);
    CHECK(passed(limits, "ada", 1, begin, "10.0.0.2") == 1);
}

TEST_CASE("guesses from a network of IPv6 are from one address, right ones too") {
    GuessLimits limits(true);
    int count = 0;
    for (int i = 0; i < 110; ++i)
        count += passed(limits, std::to_string(i), 1, begin, "2001:db8::" + std::to_string(i));
    CHECK(count == 100);
    CHECK(passed(limits, "ada", 1, begin, "2001:db8:0:1::1") == 1);
    limits.forgive("1", "2001:db8::ffff");
    CHECK(passed(limits, "ada", 2, begin, "2001:db8::2") == 1);
}

TEST_CASE("a right guess does not count, and where limits are off none does") {
    GuessLimits limits(true);
    for (int i = 0; i < 50; ++i) {
        CHECK(passed(limits, "ada", 1) == 1);
        limits.forgive("ada", "10.0.0.1");
    }
    CHECK(passed(limits, "ada", 12) == 10);
    GuessLimits off(false);
    CHECK(passed(off, "ada", 500) == 500);
}
