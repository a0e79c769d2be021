#pragma once
#include "api/session/forgetful_map.hpp"
#include "domain/id.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// Guesses at a password or a link: ten in five minutes at one of them, a hundred from one address
/// (bucket_of_address), refilled evenly (token buckets); right ones are not counted. Each server
/// process counts by itself. Thread-safe; never blocks.
class GuessLimits {
  public:
    using Clock = std::chrono::steady_clock;

    /// Not kept: nothing is limited.
    explicit GuessLimits(bool are_kept) : are_kept_(are_kept) {}

    /// Counts a guess at `what` (an account's address, a token), whether or not there is such a
    /// thing. How long to wait where there were too many; then it is not counted.
    [[nodiscard]] std::optional<std::chrono::seconds>
    count(std::string_view what, const std::string& address, Clock::time_point now = Clock::now());
    /// The guess was right: it does not count after all.
    void forgive(std::string_view what, const std::string& address);

  private:
    struct Bucket {
        double left;
        Clock::time_point at; // when so many were left
    };
    using Buckets = ForgetfulMap<Uuid, Bucket>;

    const bool are_kept_;
    std::mutex mutex_;
    Buckets at_one_{16384};
    Buckets from_one_{16384};
};

} // namespace throughline
