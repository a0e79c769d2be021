#pragma once
#include "api/router.hpp"
#include "api/session/session_authenticator.hpp"
#include "api/stream_places.hpp"
#include "bus/event_hub.hpp"
#include "bus/event_store.hpp"
#include "domain/record/kind.hpp"

namespace throughline {

/// What the routes of the log are made of.
struct EventRoutes {
    EventStore& store;
    EventHub& hub;
    const Registry& registry;
    SessionAuthenticator& authenticator;
    const Tokens& tokens;
    std::shared_ptr<StreamPlaces> places = std::make_shared<StreamPlaces>();

    /// /events, /events/stream, /events/ws, /events/tickets, /events/{id}.
    [[nodiscard]] Routes rows() const;
};

/// JSON Schemas of the components that the rows name.
[[nodiscard]] JsonObject event_components();

} // namespace throughline
