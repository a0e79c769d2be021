#pragma once
#include "domain/json.hpp"

namespace throughline {

/// The JSON Schema of a list of objects that have all of these.
[[nodiscard]] Json list_of(JsonObject properties);

/// JSON Schemas of the pages that audit log and timeline answer with: AuditPage, TimelinePage.
[[nodiscard]] JsonObject page_components();

} // namespace throughline
