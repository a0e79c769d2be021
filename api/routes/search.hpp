#pragma once
#include "api/router.hpp"
#include "projections/search.hpp"

namespace throughline {

/// GET /search: records of all kinds, by words.
[[nodiscard]] Routes search_routes(const Registry& registry, Search& search);

/// JSON Schemas of the components that the rows name: SearchHit, SearchPage.
[[nodiscard]] JsonObject search_components();

} // namespace throughline
