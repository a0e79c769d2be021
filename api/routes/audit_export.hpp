#pragma once
#include "api/http.hpp"
#include "projections/audit.hpp"

#include <string>

namespace throughline {

/// The audit items that match as a file, made page by page: `csv` with a header line, or `ndjson`.
[[nodiscard]] Response audit_export(Audit& audit, const Uuid& tenant, const AuditFilter& filter,
                                    const std::string& format);

} // namespace throughline
