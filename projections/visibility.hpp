#pragma once
#include "domain/identity/caller.hpp"
#include "domain/record/kind.hpp"
#include "projections/sql_parameters.hpp"

#include <string>

namespace throughline {

/// SQL that is true for the rows of a kind's list that the caller sees; empty where that is all.
[[nodiscard]] std::string seen_rows(const Caller& caller, const Kind& kind,
                                    SqlParameters& parameters);

/// SQL that is true for the rows of `streams` (under that name) that are records hidden from the
/// caller; empty where there can be none.
[[nodiscard]] std::string hidden_streams(const Caller& caller, const Registry& registry,
                                         SqlParameters& parameters);

} // namespace throughline
