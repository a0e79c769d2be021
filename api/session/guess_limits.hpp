#pragma once
#include "api/session/forgetful_map.hpp"
#include "domain/id.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace throughline {

/// Too many: how long until the next one passes, and how many the limit allows in five minutes.
struct TooManyGuesses {
    std::chrono::seconds wait;
    int quota;
};

/// Guesses at a password or a link: from one address (bucket_of_address) ten in five minutes at one
/// of them and a hundred at all; from everywhere a hundred at one of them, which binds no address
/// that a right guess at it came from lately: nobody locks out who works from there. Refilled
/// evenly (token buckets); right ones are not counted. Each server process counts by itself.
/// Thread-safe; never blocks.
class GuessLimits {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds window{300};

    /// Not kept: nothing is limited.
    explicit GuessLimits(bool are_kept) : are_kept_(are_kept) {}

    /// Counts a guess at `what` (an account's address, a token), whether or not there is such a
    /// thing; not where there were too many.
    [[nodiscard]] std::optional<TooManyGuesses>
    count(std::string_view what, const std::string& address, Clock::time_point now = Clock::now());
    /// The guess was right: it does not count after all.
    void forgive(std::string_view what, const std::string& address);
    /// Nobody said whether it was right: it does not count either.
    void take_back(std::string_view what, const std::string& address);

  private:
    struct Bucket {
        double left;
        Clock::time_point at; // when so many were left
    };
    using Buckets = ForgetfulMap<Uuid, Bucket>;

    /// One of those that a guess counts in.
    struct Counted {
        Buckets& in;
        Uuid whose;
        int quota;
    };
    [[nodiscard]] std::vector<Counted> counted(std::string_view what, const std::string& address);
    void give_back(std::string_view what, const std::string& address);

    const bool are_kept_;
    std::mutex mutex_;
    Buckets at_one_from_one_{16384}; // by what and from where
    Buckets at_one_{16384};
    Buckets from_one_{16384};
    ForgetfulMap<Uuid, std::monostate> right_{16384}; // what and from where
};

} // namespace throughline
