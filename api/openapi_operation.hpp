#pragma once
#include "api/openapi.hpp"

namespace throughline {

/// One route as an OpenAPI operation. Throws std::logic_error where it names a component that is
/// none of these.
[[nodiscard]] Json openapi_operation(const Route& route, const JsonObject& components);

/// What operations refer to beside schemas: `headers` and `responses` of every problem.
[[nodiscard]] JsonObject openapi_headers();
[[nodiscard]] JsonObject openapi_problems();

} // namespace throughline
