#pragma once
#include "projections/filter.hpp"
#include "projections/sql_parameters.hpp"

#include <string>
#include <vector>

namespace throughline {

/// SQL that is true for the rows a filter takes. `ne` takes nulls too: they are not equal.
[[nodiscard]] std::string filter_condition(const Kind& kind, const Filter& filter,
                                           SqlParameters& parameters);

/// SQL that is true for the rows in which all words are found, the last as a prefix.
[[nodiscard]] std::string words_condition(const std::vector<std::string>& words,
                                          SqlParameters& parameters);

} // namespace throughline
