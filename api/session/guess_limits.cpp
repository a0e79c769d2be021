#include "api/session/guess_limits.hpp"

#include "api/client_address.hpp"
#include "domain/identity/streams.hpp"

#include <algorithm>
#include <cmath>

namespace throughline {

namespace {

constexpr double at_one_quota = 10;
constexpr double from_one_quota = 100;
constexpr double window_seconds = 300;

/// What is left of a bucket by now; a bucket that nobody knows is full.
template <class Bucket>
double left_in(const Bucket* bucket, double quota, GuessLimits::Clock::time_point now) {
    if (bucket == nullptr) return quota;
    const double passed = std::chrono::duration<double>(now - bucket->at).count();
    return std::min(quota, bucket->left + passed * quota / window_seconds);
}

std::chrono::seconds until_one(double left, double quota) {
    const double seconds = std::ceil((1 - left) * window_seconds / quota);
    return std::max(std::chrono::seconds(1),
                    std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

} // namespace

std::optional<std::chrono::seconds>
GuessLimits::count(std::string_view what, const std::string& address, Clock::time_point now) {
    if (!are_kept_) return std::nullopt;
    const Uuid whose = uuid_v5(reservations, what);
    const Uuid from = bucket_of_address(address);
    const std::lock_guard lock(mutex_);
    const double one = left_in(at_one_.find(whose), at_one_quota, now);
    const double all = left_in(from_one_.find(from), from_one_quota, now);
    if (one < 1) return until_one(one, at_one_quota);
    if (all < 1) return until_one(all, from_one_quota);
    at_one_.put(whose, {one - 1, now});
    from_one_.put(from, {all - 1, now});
    return std::nullopt;
}

void GuessLimits::forgive(std::string_view what, const std::string& address) {
    if (!are_kept_) return;
    const auto give_back = [](Buckets& buckets, const Uuid& whose, double quota) {
        if (const Bucket* const bucket = buckets.find(whose))
            buckets.put(whose, {std::min(quota, bucket->left + 1), bucket->at});
    };
    const std::lock_guard lock(mutex_);
    give_back(at_one_, uuid_v5(reservations, what), at_one_quota);
    give_back(from_one_, bucket_of_address(address), from_one_quota);
}

} // namespace throughline
