#pragma once
#include "api/routes/operations.hpp"
#include "bus/database.hpp"
#include "bus/relay.hpp"
#include "bus/subscription.hpp"

#include <map>
#include <memory>

namespace throughline {

/// What /ready looks at. The database out of reach, a migration that is missing, or draining make
/// the server unready; a subscription or the relay that is stuck, a stream that is held, or a log
/// without room ahead only degrade it. How far each has come is the database's to say, whatever
/// process leads; why one is stuck, its leader's.
struct Readiness {
    Database& system;
    std::vector<std::string> names;                                  // of all, led here or not
    const std::vector<std::unique_ptr<Subscription>>& subscriptions; // that run here
    std::vector<const Subscription*> others; // what acts; null where it does not run here
    const Relay* relay;                      // null where none runs here
    std::function<bool()> is_draining;

    [[nodiscard]] std::vector<Check> checks() const;

  private:
    [[nodiscard]] std::map<std::string, std::string> faults() const;
};

} // namespace throughline
