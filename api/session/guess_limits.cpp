#include "api/session/guess_limits.hpp"

#include "api/client_address.hpp"
#include "domain/identity/streams.hpp"

#include <algorithm>
#include <cmath>

namespace throughline {

namespace {

constexpr int at_one_from_one_quota = 10;
constexpr int at_one_quota = 100;
constexpr int from_one_quota = 100;
constexpr double window_seconds = GuessLimits::window.count();

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

std::vector<GuessLimits::Counted> GuessLimits::counted(std::string_view what,
                                                       const std::string& address) {
    const Uuid whose = uuid_v5(reservations, what);
    const Uuid from = bucket_of_address(address);
    const Uuid both = uuid_v5(from, what);
    std::vector<Counted> all{{at_one_from_one_, both, at_one_from_one_quota},
                             {from_one_, from, from_one_quota}};
    if (right_.find(both) == nullptr) all.push_back({at_one_, whose, at_one_quota});
    return all;
}

std::optional<TooManyGuesses> GuessLimits::count(std::string_view what, const std::string& address,
                                                 Clock::time_point now) {
    if (!are_kept_) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const auto all = counted(what, address);
    for (const Counted& one : all)
        if (const double left = left_in(one.in.find(one.whose), one.quota, now); left < 1)
            return TooManyGuesses{until_one(left, one.quota), one.quota};
    for (const Counted& one : all)
        one.in.put(one.whose, {left_in(one.in.find(one.whose), one.quota, now) - 1, now});
    return std::nullopt;
}

/// Under the lock.
void GuessLimits::give_back(std::string_view what, const std::string& address) {
    for (const Counted& one : counted(what, address))
        if (const Bucket* const bucket = one.in.find(one.whose))
            one.in.put(one.whose, {std::min<double>(one.quota, bucket->left + 1), bucket->at});
}

void GuessLimits::take_back(std::string_view what, const std::string& address) {
    if (!are_kept_) return;
    const std::lock_guard lock(mutex_);
    give_back(what, address);
}

void GuessLimits::forgive(std::string_view what, const std::string& address) {
    if (!are_kept_) return;
    const std::lock_guard lock(mutex_);
    give_back(what, address);
    right_.put(uuid_v5(bucket_of_address(address), what), {});
}

} // namespace throughline
