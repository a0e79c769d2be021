#pragma once
#include "domain/record/kind.hpp"

namespace throughline {

/// An invitation into a tenant: stream `invitation/<id>` there. Made, then accepted by whoever has
/// its token (who is `member_id` from then on) or deleted, which revokes it. The token is no part
/// of it.
[[nodiscard]] Kind invitation_kind();

} // namespace throughline
