#pragma once
#include "domain/id.hpp"
#include "domain/time.hpp"

#include <map>
#include <span>
#include <string>

namespace throughline {

/// When a rule ran last, and what came of it.
struct LastRun {
    Time at;
    std::string status; // as a run's
};

/// The last runs of rules; those that never ran are left out. Thread-safe; blocks on the database.
class LastRuns {
  public:
    virtual ~LastRuns() = default;
    [[nodiscard]] virtual std::map<Uuid, LastRun> of(const Uuid& tenant,
                                                     std::span<const Uuid> rules) const = 0;
};

} // namespace throughline
