#pragma once
#include "domain/json.hpp"
#include "domain/record/kind.hpp"

#include <string_view>

namespace throughline {

/// JSON Schema (draft-07) of the data of one of the kind's event types, version 1. Open: a field
/// that is added later does not break who validates with an older copy, and only required fields
/// are demanded, so that events from before a field was added stay valid.
[[nodiscard]] Json event_schema(const Kind& kind, std::string_view event_type);

/// JSON Schema (2020-12, for OpenAPI 3.1) of a record as it is read: names stand beside references.
/// `fields=` may leave out all but id and version.
[[nodiscard]] Json record_schema(const Kind& kind);

/// JSON Schema (2020-12) of a body that creates or updates a record.
[[nodiscard]] Json write_schema(const Kind& kind, bool create);

} // namespace throughline
