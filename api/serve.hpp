#pragma once
#include "api/config.hpp"
#include "api/session/authenticator.hpp"
#include "domain/record/kind.hpp"

namespace throughline {

/// `throughline serve`: the configured roles. Blocks until SIGINT or SIGTERM; the exit code.
/// Without the role `api` it answers /health, /ready and /metrics alone. Throws where the database
/// is out of reach or not migrated, or the port is taken. `instead` says who calls in the place of
/// tokens: for the bench.
[[nodiscard]] int serve(const Config& config, const Registry& registry,
                        Authenticator* instead = nullptr);

} // namespace throughline
