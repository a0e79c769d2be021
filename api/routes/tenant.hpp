#pragma once
#include "api/router.hpp"
#include "api/session/idempotency.hpp"
#include "api/session/session_authenticator.hpp"
#include "handlers/identity/tenants.hpp"

namespace throughline {

/// GET and PATCH /tenant: what the caller's tenant sets.
struct TenantRoutes {
    const Tenants& tenants;
    SessionAuthenticator& authenticator;
    IdempotencyKeys& keys;
    TenantKinds& kinds;

    [[nodiscard]] Routes rows() const;
};

/// JSON Schemas of the components that the rows name.
[[nodiscard]] JsonObject tenant_components();

} // namespace throughline
