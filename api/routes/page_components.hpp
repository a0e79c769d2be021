#pragma once
#include "domain/json.hpp"

namespace throughline {

/// JSON Schemas of the pages that audit log and timeline answer with: AuditPage, TimelinePage.
[[nodiscard]] JsonObject page_components();

} // namespace throughline
