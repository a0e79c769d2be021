#pragma once
#include "api/metrics.hpp"
#include "bus/appender.hpp"
#include "bus/database.hpp"
#include "bus/relay.hpp"

namespace throughline {

/// The metrics of log, read models and relay (http.md "Operations"). `relay` is null in embedded
/// mode. Reads the database once a scrape.
[[nodiscard]] std::function<void(MetricsText&)> spine_metrics(const Appender& appender,
                                                              const Relay* relay, Database& system);

} // namespace throughline
