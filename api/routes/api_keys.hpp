#pragma once
#include "api/router.hpp"
#include "api/session/idempotency.hpp"
#include "api/session/session_authenticator.hpp"
#include "handlers/identity/api_keys.hpp"

#include <set>
#include <string>

namespace throughline {

/// GET, POST /api-keys, GET, DELETE /api-keys/{id}: keys for programs.
struct ApiKeyRoutes {
    ApiKeys& api_keys;
    SessionAuthenticator& authenticator;
    IdempotencyKeys& keys;
    const std::set<std::string, std::less<>>& segments; // first parts of paths, which scopes name

    [[nodiscard]] Routes rows() const;
};

/// What scopes may name: the first segment of each route's path.
[[nodiscard]] std::set<std::string, std::less<>> first_segments(const Routes& routes);

/// JSON Schemas of the components that the rows name.
[[nodiscard]] JsonObject api_key_components();

} // namespace throughline
