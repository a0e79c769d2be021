#pragma once
#include "api/cli/verify_report.hpp"
#include "projections/projection.hpp"

#include <memory>
#include <span>

namespace throughline {

/// Part of `verify`: each read model is the fold of the log up to its checkpoint. Makes temporary
/// tables of the session. Throws libpqxx's exceptions.
void check_read_models(pqxx::transaction_base& tx,
                       std::span<const std::unique_ptr<Projection>> projections, Report& report);

} // namespace throughline
