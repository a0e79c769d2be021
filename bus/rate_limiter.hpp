#pragma once
#include "bus/rate_leases.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace throughline {

/// How a bucket stands after somebody has asked for a token of it.
struct RateStanding {
    bool passes = true;
    std::int64_t remaining = 0;         // about: as far as this process knows
    std::chrono::seconds until_next{0}; // at least 1 where it does not pass
    std::chrono::seconds until_full{0};
};

/// Rate limits that all server processes share: each leases a slice of a bucket's tokens (a
/// hundredth of its quota) and spends it without a query; the next slice is fetched in the
/// background while the last one runs out. A process holds at most one slice, so together they let
/// through at most a slice each beyond the quota. While the database is out of reach nobody is
/// held back. Thread-safe; `take` blocks for one query where the process has no token left.
class RateLimiter {
  public:
    explicit RateLimiter(RateLeases& leases);
    ~RateLimiter();
    RateLimiter(const RateLimiter&) = delete;
    RateLimiter& operator=(const RateLimiter&) = delete;

    /// Takes one token of `whose` bucket. A name must always come with the same quota and window.
    [[nodiscard]] RateStanding take(const RateLimit& limit, const Uuid& whose);

  private:
    using Clock = std::chrono::steady_clock;
    struct Bucket;
    struct Key {
        std::string name;
        Uuid whose;
        bool operator==(const Key&) const = default;
    };
    struct HashOfKey {
        std::size_t operator()(const Key& key) const noexcept {
            return std::hash<std::string>{}(key.name) * 31 + std::hash<Uuid>{}(key.whose);
        }
    };
    using Buckets = std::unordered_map<Key, Bucket, HashOfKey>;
    using Wanting = std::vector<std::pair<Uuid, Bucket*>>;

    [[nodiscard]] static RateStanding standing(const Bucket& bucket, bool passes,
                                               Clock::time_point now);
    static void book(Bucket& bucket, const RateLease& lease);
    static void forgive(Bucket& bucket);
    void lease(std::unique_lock<std::mutex>& lock, const Wanting& wanting);
    void tell(const std::string& cause);
    void forget_idle();
    void fetch();

    RateLeases& leases_;
    std::mutex mutex_;
    std::condition_variable leased_; // a bucket has heard from the database
    std::condition_variable wanted_; // a bucket runs low
    Buckets buckets_;
    Wanting low_; // to be fetched for
    Clock::time_point swept_ = Clock::now();
    Clock::time_point silent_until_{};
    bool is_stopping_ = false;
    std::thread fetcher_;
};

} // namespace throughline
