#pragma once
#include "bus/database.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace throughline {

/// Requests of an hour by one caller of one route, to be added to what is known.
struct UsageCount {
    Uuid tenant;
    std::int64_t hour = 0; // since the epoch
    Uuid user;
    Uuid key; // nil without an API key
    std::string method;
    std::string route;
    std::int64_t requests = 0;
};

/// What a tenant's people and programs did in a time: requests from the counters (whole hours that
/// begin in it), events from the log itself.
struct UsageReport {
    struct Requests {
        Uuid user;
        Uuid key;
        std::string method;
        std::string route;
        std::int64_t requests = 0;
    };
    struct Activity {
        Uuid user; // nil for the system
        Uuid key;  // nil without an API key
        std::string event_type;
        std::int64_t events = 0;
        Time last{};
    };
    std::vector<Requests> requests; // most first
    std::vector<Activity> activity; // most first
};

/// Thread-safe; blocks on the database.
class Usage {
  public:
    Usage(Database& app, Database& system) : app_(app), system_(system) {}
    /// All or nothing.
    void add(const std::vector<UsageCount>& counts);
    /// Of [from, to).
    [[nodiscard]] UsageReport report(const Uuid& tenant, Time from, Time to);
    /// Forgets counters that are older than 400 days.
    void sweep();

  private:
    Database& app_;
    Database& system_;
};

} // namespace throughline
