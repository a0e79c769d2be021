#pragma once
#include "api/router.hpp"

namespace throughline {

/// GET /roles: the matrix of domain/identity/roles.hpp.
[[nodiscard]] Routes role_routes();

/// JSON Schema of the component that the row names: Roles.
[[nodiscard]] JsonObject role_components();

} // namespace throughline
