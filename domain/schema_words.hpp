#pragma once
#include "domain/json.hpp"

namespace throughline {

/// JSON Schema of a value of this type: "string", "object" …
[[nodiscard]] Json typed(std::string_view type);
/// Of this type, or null.
[[nodiscard]] Json nullable(std::string_view type);
/// A string of this format: "uuid", "date-time" …
[[nodiscard]] Json formatted(std::string_view format);
[[nodiscard]] Json array_of(Json items);

/// An object; it need have none of these.
[[nodiscard]] Json object_of(JsonObject properties);
[[nodiscard]] Json object_of(JsonObject properties, JsonArray required);
/// An object that has all of these.
[[nodiscard]] Json object_of_all(JsonObject properties);
/// The object, which has no other members.
[[nodiscard]] Json closed(Json object);

} // namespace throughline
