#pragma once
#include "domain/identity/caller.hpp"
#include "projections/filter.hpp"
#include "projections/sql_parameters.hpp"

namespace throughline {

/// SQL that is true for the rows of a kind's list that a request is about: of the tenant, seen by
/// the caller, and fitting the filters and words.
[[nodiscard]] std::string list_scope(const Uuid& tenant, const Caller& caller, const Kind& kind,
                                     const ListRequest& request, SqlParameters& parameters);

} // namespace throughline
