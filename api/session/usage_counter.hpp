#pragma once
#include "api/router.hpp"
#include "bus/stop_flag.hpp"
#include "projections/usage.hpp"

#include <mutex>
#include <thread>
#include <unordered_map>

namespace throughline {

/// Counts who calls which route, in memory, and adds the counts to the database every interval and
/// at its end: never a query a request. A killed process loses its last interval at most.
/// Thread-safe.
class UsageCounter {
  public:
    UsageCounter(Usage& usage, const Routes& routes,
                 std::chrono::milliseconds interval = std::chrono::seconds(10));
    ~UsageCounter();
    UsageCounter(const UsageCounter&) = delete;
    UsageCounter& operator=(const UsageCounter&) = delete;

    /// `route` is its place in the table.
    void count(const Principal& caller, std::size_t route);
    /// Adds what was counted. Keeps it for the next time where the database is out of reach.
    void flush();

  private:
    struct Key {
        Uuid tenant;
        Uuid user;
        Uuid key;
        std::int64_t hour = 0;
        std::size_t route = 0;
        bool operator==(const Key&) const = default;
    };
    struct HashOfKey {
        std::size_t operator()(const Key& key) const noexcept {
            return (std::hash<Uuid>{}(key.user) * 31 + std::hash<Uuid>{}(key.tenant)) * 31 +
                   key.route;
        }
    };
    using Counts = std::unordered_map<Key, std::int64_t, HashOfKey>;
    void loop();

    struct Named {
        std::string method;
        std::string path;
    };

    Usage& usage_;
    std::vector<Named> routes_;
    const std::chrono::milliseconds interval_;
    std::mutex mutex_;
    Counts counts_;
    StopFlag stop_;
    std::thread thread_;
};

} // namespace throughline
