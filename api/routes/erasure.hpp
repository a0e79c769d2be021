#pragma once
#include "api/router.hpp"
#include "api/session/idempotency.hpp"
#include "handlers/erasure/erasure.hpp"

namespace throughline {

/// POST /{contacts|leads}/{id}/erase and GET /{id}/subject-export.
struct ErasureRoutes {
    const Registry& registry;
    EventStore& store;
    Erasure& erasure;
    IdempotencyKeys& keys;

    [[nodiscard]] Routes rows() const;
};

/// Component schemas of the bodies and answers.
[[nodiscard]] JsonObject erasure_components();

} // namespace throughline
