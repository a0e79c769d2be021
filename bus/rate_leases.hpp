#pragma once
#include "bus/database.hpp"

#include <chrono>
#include <span>
#include <string>
#include <vector>

namespace throughline {

/// So many a window, as a token bucket: that many at once, refilled evenly.
struct RateLimit {
    std::string name; // of the buckets: rest, ai, login, …
    double quota = 0; // whole and at least 1
    std::chrono::seconds window{60};

    [[nodiscard]] double per_second() const { return quota / static_cast<double>(window.count()); }
};

/// What a process asks of a bucket, and what it got.
struct RateWish {
    RateLimit limit;
    Uuid whose;
    double tokens = 0;
};
struct RateLease {
    double granted = 0;   // whole
    double remaining = 0; // in the bucket
};

/// The buckets themselves, in the database (schemas/sql, `rate_buckets`). Thread-safe; blocks.
class RateLeases {
  public:
    explicit RateLeases(Database& system) : system_(system) {}
    /// One lease for each wish, in their order. A bucket that nobody knows is full. Throws where
    /// the database is out of reach.
    [[nodiscard]] std::vector<RateLease> take(std::span<const RateWish> wishes);
    /// Forgets buckets that are full again.
    void sweep();

  private:
    Database& system_;
};

} // namespace throughline
