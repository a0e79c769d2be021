#pragma once
#include "api/router.hpp"
#include "api/session/idempotency.hpp"
#include "api/session/session_authenticator.hpp"
#include "handlers/identity/members.hpp"
#include "handlers/identity/password_resets.hpp"
#include "projections/lists.hpp"

namespace throughline {

/// The people of a tenant: /users and /users/{id}.
struct UserRoutes {
    const Members& members;
    PasswordResets& resets; // by which somebody made without a password chooses one
    EventStore& store;
    Lists& lists;
    SessionAuthenticator& authenticator;
    IdempotencyKeys& keys;

    [[nodiscard]] Routes rows() const;
};

/// JSON Schemas of the components that the rows name.
[[nodiscard]] JsonObject user_components();

} // namespace throughline
