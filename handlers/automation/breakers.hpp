#pragma once
#include "bus/database.hpp"
#include "handlers/commands.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace throughline {

/// A circuit breaker for each tenant. Where within a minute at least twenty attempts failed and
/// fewer worked, its runs rest for half a minute; then one may try. If that works all go on, else
/// the rest doubles, up to ten minutes. Opening and closing are events (`automation_breaker`) and
/// lines of the log. Thread-safe; blocks.
class Breakers {
  public:
    Breakers(Database& system, const RecordCommands& commands)
        : system_(system), commands_(commands) {}

    /// An attempt of an action worked, or failed for no fault of the rule's. Never throws: what the
    /// database does not take is logged.
    void note(const Uuid& tenant, bool worked);
    /// A tenant whose breaker may close has a run that tries: others wait for what comes of it.
    void probe(const Uuid& tenant);
    /// That run is done, or is not done here. If nothing came of it that says whether things work
    /// again, another may try at once. Never throws, as `note`.
    void end_probe(const Uuid& tenant);

  private:
    using Clock = std::chrono::steady_clock;
    struct Window {
        Clock::time_point since;
        int failed = 0;
        int worked = 0;
    };
    struct Rest {
        Clock::time_point until;
        bool is_probing = false;
        std::string probed_until = {}; // as the database has it; empty where that is not known
    };
    [[nodiscard]] bool is_resting(const Uuid& tenant);
    void open(const Uuid& tenant);
    void close(const Uuid& tenant);
    void tell(const Uuid& tenant, const char* status);

    Database& system_;
    const RecordCommands& commands_;
    std::mutex mutex_;
    std::map<Uuid, Window> windows_;
    std::map<Uuid, Rest> rests_; // as far as this process knows
};

} // namespace throughline
