#pragma once
#include "api/router.hpp"

#include <optional>

namespace throughline {

/// Checks decoded query parameters against a route's: a name that the route does not declare, or
/// one given twice, is 400; a value that breaks its schema, or a required one missing, is 422. Of a
/// schema are known: type (also array, written with commas), enum, format (date-time, date, uuid),
/// minimum, maximum, minLength, maxLength, items, anyOf.
[[nodiscard]] std::optional<Rejection> check_query(const Route& route,
                                                   const QueryParameters& query);

/// A time whose `+` was written raw arrives with a space (`…T06:00:00 02:00`): puts it back.
void mend_times(QueryParameters& query);

} // namespace throughline
