#pragma once
#include "api/metrics.hpp"
#include "bus/appender.hpp"
#include "bus/database.hpp"

#include <string>
#include <vector>

namespace throughline {

/// The metrics of log, read models and relay (docs/operate.md). Those of `consumers`, and of the
/// relay where there is one, are the database's: the same in whatever process is asked, and right
/// when nobody leads. Reads the database once a scrape.
[[nodiscard]] std::function<void(MetricsText&)> spine_metrics(const Appender& appender,
                                                              std::vector<std::string> consumers,
                                                              bool has_relay, Database& system);

} // namespace throughline
