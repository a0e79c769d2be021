#pragma once
#include "api/router.hpp"
#include "domain/record/kind.hpp"

#include <vector>

namespace throughline {

/// A page of a list of that component.
[[nodiscard]] Json list_schema(const std::string& component);

/// For the description that is every tenant's: a choice of the kinds may be one that a tenant adds.
[[nodiscard]] Registry kinds_of_any_tenant(const Registry& registry);

/// OpenAPI 3.1 of the table. `more` are the components of the other routes. Throws std::logic_error
/// where a route names a component that nobody declares.
[[nodiscard]] Json openapi_document(const Routes& routes, const Registry& registry,
                                    const std::vector<JsonObject>& more = {});

} // namespace throughline
