#pragma once
#include "domain/json.hpp"

namespace throughline {

/// RFC 7396: `patch` laid over `target`. The result holds no null member, at whatever depth the
/// patch reaches.
[[nodiscard]] JsonObject merge_patch(JsonObject target, const JsonObject& patch);

/// The smallest patch that makes `to` of `from`; null for what `to` lacks. Neither has null
/// members.
[[nodiscard]] JsonObject merge_difference(const JsonObject& from, const JsonObject& to);

} // namespace throughline
