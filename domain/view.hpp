#pragma once
#include "domain/record/kind.hpp"

namespace throughline {

/// A saved view of a list: `kind`, `name`, a `filter` in the form of bodies, `sort` and `fields`
/// as the query has them, and whether it is `shared` with all of the tenant.
[[nodiscard]] Kind view_kind();

} // namespace throughline
