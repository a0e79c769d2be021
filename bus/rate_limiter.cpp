#include "bus/rate_limiter.hpp"

#include <algorithm>
#include <cmath>
#include <spdlog/spdlog.h>

namespace throughline {

using namespace std::chrono_literals;

namespace {

constexpr double slices = 100;  // of a quota
constexpr auto patience = 50ms; // at least, between two questions after an empty bucket
constexpr auto idle_check = std::chrono::minutes(1);
constexpr auto silence = 10s;

double slice_of(const RateLimit& limit) { return std::max(1.0, std::floor(limit.quota / slices)); }

std::chrono::seconds whole_seconds(double seconds) {
    return std::chrono::seconds(static_cast<std::int64_t>(std::ceil(seconds)));
}

} // namespace

struct RateLimiter::Bucket {
    RateLimit limit;
    double slice = 1;
    double leased = 0;         // and not spent yet
    double shared = 0;         // left in the database
    Clock::time_point heard{}; // when that was so
    Clock::time_point empty_until{};
    bool is_leasing = false; // a query is under way: the bucket stays where it is

    [[nodiscard]] double shared_at(Clock::time_point now) const {
        const double passed = std::chrono::duration<double>(now - heard).count();
        return std::min(limit.quota, shared + passed * limit.per_second());
    }
};

RateLimiter::RateLimiter(RateLeases& leases) : leases_(leases), fetcher_([this] { fetch(); }) {}

RateLimiter::~RateLimiter() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    wanted_.notify_all();
    fetcher_.join();
}

RateStanding RateLimiter::take(const RateLimit& limit, const Uuid& whose) {
    std::unique_lock lock(mutex_);
    Bucket& bucket = buckets_[{limit.name, whose}];
    if (bucket.limit.quota == 0) {
        bucket.limit = limit;
        bucket.slice = slice_of(limit);
    }
    for (;;) {
        const auto now = Clock::now();
        if (bucket.leased >= 1) {
            bucket.leased -= 1;
            if (bucket.leased < bucket.slice / 2 && bucket.slice > 1 && !bucket.is_leasing &&
                now >= bucket.empty_until) {
                bucket.is_leasing = true;
                low_.emplace_back(whose, &bucket);
                wanted_.notify_one();
            }
            return standing(bucket, true, now);
        }
        if (now < bucket.empty_until) return standing(bucket, false, now);
        if (bucket.is_leasing)
            leased_.wait(lock, [&] { return !bucket.is_leasing; });
        else {
            bucket.is_leasing = true;
            lease(lock, {{whose, &bucket}});
        }
    }
}

RateStanding RateLimiter::standing(const Bucket& bucket, bool passes, Clock::time_point now) {
    const double shared = bucket.shared_at(now);
    const double left = std::min(bucket.limit.quota, bucket.leased + shared);
    RateStanding out;
    out.passes = passes;
    out.remaining = passes ? static_cast<std::int64_t>(left) : 0;
    out.until_full = whole_seconds((bucket.limit.quota - left) / bucket.limit.per_second());
    if (!passes)
        out.until_next = std::max(std::chrono::seconds(1),
                                  whole_seconds((1 - shared) / bucket.limit.per_second()));
    return out;
}

void RateLimiter::book(Bucket& bucket, const RateLease& lease) {
    bucket.leased += lease.granted;
    bucket.shared = lease.remaining;
    bucket.heard = Clock::now();
    if (lease.granted >= 1) return;
    const std::chrono::duration<double> next((1 - lease.remaining) / bucket.limit.per_second());
    bucket.empty_until =
        bucket.heard +
        std::max<Clock::duration>(patience, std::chrono::duration_cast<Clock::duration>(next));
}

/// What a bucket gets that cannot be asked for.
void RateLimiter::forgive(Bucket& bucket) {
    bucket.leased = bucket.slice;
    bucket.heard = Clock::now();
}

/// With one query, and without the lock meanwhile: `is_leasing` is set for each.
void RateLimiter::lease(std::unique_lock<std::mutex>& lock, const Wanting& wanting) {
    std::vector<RateWish> wishes;
    for (const auto& [whose, bucket] : wanting)
        wishes.push_back({bucket->limit, whose, std::floor(bucket->slice - bucket->leased)});
    lock.unlock();
    std::vector<RateLease> leases;
    std::string cause;
    try {
        leases = leases_.take(wishes);
    } catch (const std::exception& fault) {
        cause = fault_text(fault);
    }
    lock.lock();
    if (!cause.empty()) tell(cause);
    for (std::size_t i = 0; i < wanting.size(); ++i) {
        Bucket& bucket = *wanting[i].second;
        leases.empty() ? forgive(bucket) : book(bucket, leases[i]);
        bucket.is_leasing = false;
    }
    leased_.notify_all();
}

/// Now and then, not for each request.
void RateLimiter::tell(const std::string& cause) {
    const auto now = Clock::now();
    if (now < silent_until_) return;
    silent_until_ = now + silence;
    spdlog::warn("rate limits are not kept: {}", cause);
}

/// A bucket that nobody has used for a window is as full as a new one.
void RateLimiter::forget_idle() {
    const auto now = Clock::now();
    if (now - swept_ < idle_check) return;
    swept_ = now;
    std::erase_if(buckets_, [&](const auto& entry) {
        const Bucket& bucket = entry.second;
        return !bucket.is_leasing && now - bucket.heard > 2 * bucket.limit.window;
    });
}

void RateLimiter::fetch() {
    std::unique_lock lock(mutex_);
    while (!is_stopping_) {
        wanted_.wait_for(lock, idle_check, [&] { return is_stopping_ || !low_.empty(); });
        forget_idle();
        if (!low_.empty()) lease(lock, std::exchange(low_, {}));
    }
}

} // namespace throughline
