#pragma once
#include "api/config.hpp"
#include "domain/record/kind.hpp"
#include "projections/projection.hpp"

#include <memory>
#include <vector>

namespace throughline {

/// Every read model of the server: a new one is a line here.
[[nodiscard]] std::vector<std::unique_ptr<Projection>> read_models(const Registry& registry);

/// `throughline serve`: all roles in one process, until SIGINT or SIGTERM. Throws where the
/// database is out of reach or not migrated, or the port is taken.
[[nodiscard]] int serve(const Config& config, const Registry& registry);

} // namespace throughline
