#pragma once
#include "api/http.hpp"
#include "domain/record/view.hpp"
#include "projections/lists.hpp"

namespace throughline {

/// {"items": […], "pagination": {"limit", "next", "total"?}}
[[nodiscard]] Response list_response(const Kind& kind, const ListRequest& wanted,
                                     const ListPage& page, const NameOf& name_of);

} // namespace throughline
