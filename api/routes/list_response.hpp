#pragma once
#include "api/http.hpp"
#include "api/routes/parameters.hpp"
#include "domain/record/view.hpp"
#include "projections/lists.hpp"

#include <functional>
#include <vector>

namespace throughline {

/// The names of what the items refer to, asked once for all of them.
using FetchNames = std::function<NameOf(std::vector<StreamKey> referenced)>;

/// {"items": […], "pagination": {"limit", "next", "total"?}}
[[nodiscard]] Response list_response(const Kind& kind, const ListRequest& wanted,
                                     const ListPage& page, const FetchNames& names);

/// As the answer of another list counts.
[[nodiscard]] Total total_of(const ListPage& page);

} // namespace throughline
