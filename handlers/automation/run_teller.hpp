#pragma once
#include "bus/database.hpp"
#include "handlers/automation/rule_versions.hpp"
#include "handlers/automation/run_metrics.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace pqxx {
class row;
} // namespace pqxx

namespace throughline {

/// Tells the log how runs ended: for each the events of its stream `automation_run/<id>`, caused by
/// the event that it was for. What the log has been told is in the run's row, and the commands'
/// ids are made of that and of the end, so that a run whose process died between is told of once
/// all the same, and so is another end that it has come to since. An end is counted in the metrics
/// when it was told of. A run that cannot be told of is set aside for a while, longer each time,
/// and keeps no other from it. Used by one thread at a time.
class RunTeller {
  public:
    RunTeller(Database& system, EventStore& store, RuleVersions& rules, RunMetrics& metrics)
        : system_(system), store_(store), rules_(rules), metrics_(metrics) {}

    /// Tells of some that ended, or sets them aside, and returns how many; 0 where there are none
    /// for now, or the log takes none. Blocks until that is durable. Safe in several processes at
    /// once.
    std::size_t tell_some();

  private:
    using Clock = std::chrono::steady_clock;
    struct Rest {
        Clock::time_point until;
        std::chrono::seconds length{0};
    };
    struct Ended;
    struct Batch;
    [[nodiscard]] static Ended read_ended(const pqxx::row& row);
    [[nodiscard]] Batch ended() const;
    [[nodiscard]] Command command_of(const Ended& run) const;
    void begin(Batch& batch) const;
    void await(Batch& batch) const;
    void note(const std::vector<Ended>& told);
    void set_aside(const std::map<Uuid, std::string>& faults);

    Database& system_;
    EventStore& store_;
    RuleVersions& rules_;
    RunMetrics& metrics_;
    std::map<Uuid, Rest> resting_; // by run
};

} // namespace throughline
