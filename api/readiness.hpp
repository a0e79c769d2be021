#pragma once
#include "api/routes/operations.hpp"
#include "bus/database.hpp"
#include "bus/event_store.hpp"
#include "bus/relay.hpp"
#include "bus/subscription.hpp"

#include <memory>

namespace throughline {

/// What /ready looks at. The database out of reach, a migration that is missing, or draining make
/// the server unready; a subscription or the relay that is stuck only degrades it.
struct Readiness {
    Database& system;
    EventStore& store;
    const std::vector<std::unique_ptr<Subscription>>& subscriptions;
    const Relay* relay; // null in embedded mode
    std::function<bool()> is_draining;

    [[nodiscard]] std::vector<Check> checks() const;
};

} // namespace throughline
