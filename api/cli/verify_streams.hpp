#pragma once
#include "api/cli/verify_report.hpp"
#include "domain/record/kind.hpp"

namespace pqxx {
class transaction_base;
}

namespace throughline {

/// Part of `verify`: every stream's versions are dense, its head state is the fold of its events,
/// and what was erased is blank before that. Throws libpqxx's exceptions.
void check_streams(pqxx::transaction_base& tx, const Registry& registry, Report& report);

} // namespace throughline
