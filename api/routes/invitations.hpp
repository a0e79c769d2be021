#pragma once
#include "api/routes/identity.hpp"
#include "handlers/identity/invitations.hpp"
#include "projections/lists.hpp"

namespace throughline {

/// /users/invitations, and their acceptance by whoever has the token.
struct InvitationRoutes {
    const Registry& registry;
    const Invitations& invitations;
    EventStore& store;
    Lists& lists;
    IdempotencyKeys& keys;
    SessionAuthenticator& authenticator;
    SessionAnswers sessions;
    GuessLimits& guesses;

    [[nodiscard]] Routes rows() const;
};

/// JSON Schemas of the components that the rows name.
[[nodiscard]] JsonObject invitation_components();

} // namespace throughline
