#pragma once
#include "api/openapi.hpp"

namespace throughline {

/// Gives each component that has an example in schemas/http/examples.json its own, and those of the
/// kinds of records one that follows from their fields.
void add_examples(JsonObject& components, const Registry& registry);

/// The text of that file: a JSON object of examples by the names of components.
[[nodiscard]] std::string_view openapi_examples();

} // namespace throughline
