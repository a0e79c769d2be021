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

[[nodiscard]] JsonObject field_components();

} // namespace throughline
