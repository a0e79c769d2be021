#pragma once
#include "api/router.hpp"
#include "domain/record/kind.hpp"

namespace throughline {

/// The query parameters of a list of `kind` for the route table: limit, cursor, sort, fields, q,
/// count, and one filter[field] row a field.
[[nodiscard]] std::vector<Parameter> list_parameters(const Kind& kind);

} // namespace throughline
