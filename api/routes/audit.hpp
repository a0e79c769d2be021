#pragma once
#include "api/router.hpp"
#include "domain/record/kind.hpp"
#include "projections/audit.hpp"

namespace throughline {

/// GET /audit-logs, /audit-logs/entity/{type}/{id}, /audit-logs/user/{user_id}, /audit-logs/export:
/// for owner and admin.
[[nodiscard]] Routes audit_routes(const Registry& registry, Audit& audit);

} // namespace throughline
