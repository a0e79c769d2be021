#pragma once
#include "domain/record/kind.hpp"

namespace throughline {

/// A saved view of a list: `kind`, `name`, a `filter` in the form of bodies, `sort` and `fields`
/// as the query has them, and whether it is `shared` with all of the tenant. A change of the filter
/// is a merge patch (RFC 7396) of the one that the view has.
[[nodiscard]] Kind view_kind();

/// The fields of a view as a change to these values leaves them.
[[nodiscard]] JsonObject changed_view(JsonObject view, const JsonObject& values);

} // namespace throughline
