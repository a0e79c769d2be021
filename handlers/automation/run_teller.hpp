#pragma once
#include "bus/database.hpp"
#include "handlers/automation/rule_versions.hpp"

namespace throughline {

/// Tells the log how runs ended: for each the events of its stream `automation_run/<id>`, caused by
/// the event that it was for. What the log has been told is in the run's row, and the commands'
/// ids are made of it, so that a run whose process died between is told of once all the same.
class RunTeller {
  public:
    RunTeller(Database& system, EventStore& store, RuleVersions& rules)
        : system_(system), store_(store), rules_(rules) {}

    /// Tells of some that ended, and returns how many. Blocks until that is durable. Safe in
    /// several processes at once.
    std::size_t tell_some() const;

  private:
    struct Ended;
    [[nodiscard]] std::vector<Ended> ended() const;
    [[nodiscard]] Command command_of(const Ended& run) const;
    void note(const std::vector<Ended>& told) const;

    Database& system_;
    EventStore& store_;
    RuleVersions& rules_;
};

} // namespace throughline
