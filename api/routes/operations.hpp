#pragma once
#include "api/metrics.hpp"
#include "api/router.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

enum class Health { ready, degraded, unready };

/// One thing that /ready looks at: the database, a subscription, the relay.
struct Check {
    std::string name;
    Health health = Health::ready;
    std::optional<std::int64_t> position;
    std::optional<std::int64_t> lag; // events
    std::string cause;               // empty while all is well
};

/// What the operations routes show. Each callback is thread-safe, runs on a worker and may block.
struct Operations {
    std::function<std::vector<Check>()> checks;
    std::function<std::string()> metrics;
    std::function<std::string()> openapi; // JSON text
    std::function<std::string()> asyncapi;
};

/// GET /health, /ready, /metrics, /openapi.json, /asyncapi.json, /docs: without a token.
[[nodiscard]] Routes operations_routes(Operations operations);

/// JSON Schemas of the components that the rows name.
[[nodiscard]] JsonObject operations_components();

} // namespace throughline
