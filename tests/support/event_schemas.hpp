#pragma once
#include "domain/json.hpp"

#include <string>

namespace throughline {

/// Whether a value satisfies a JSON Schema (draft-07).
[[nodiscard]] bool is_valid(const Json& schema, const Json& value);

/// schemas/events/<type>.v1.json; null where there is no such file.
[[nodiscard]] Json event_schema_file(const std::string& type);

} // namespace throughline
