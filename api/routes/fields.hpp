#pragma once
#include "api/router.hpp"
#include "api/session/idempotency.hpp"
#include "handlers/custom_fields.hpp"

namespace throughline {

/// `/fields/{kind}`: what a tenant adds to the declaration of a kind.
struct FieldRoutes {
    const Registry& registry;
    const CustomFields& fields;
    IdempotencyKeys& keys;

    [[nodiscard]] Routes rows() const;
};

/// GET /tenant/openapi.json: the API with the tenant's own fields and choices. `describe` is set by
/// the time of the first request.
[[nodiscard]] Routes
tenant_description_routes(TenantKinds& kinds,
                          const std::function<std::string(const Registry&)>& describe);

[[nodiscard]] JsonObject field_components();

} // namespace throughline
