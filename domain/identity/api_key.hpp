#pragma once
#include "domain/json.hpp"
#include "domain/record/kind.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace throughline {

/// A program's way in: stream `api_key/<key id>` in its tenant, with name, role, scopes, expiry,
/// the beginning of the key (`prefix`) and whose key it is (`user_id`). The key itself is no event.
[[nodiscard]] Kind api_key_kind();

/// What `text` allows to a key: `read` or `write` everything its role may, or `<segment>:read` and
/// `<segment>:write` under one path (`contacts:read`). `is_segment` says which paths there are.
[[nodiscard]] bool is_scope(std::string_view text,
                            const std::function<bool(std::string_view)>& is_segment);

/// Whether scopes let a request through to a path's first segment. No scopes: whatever the role
/// may.
[[nodiscard]] bool is_in_scope(std::span<const std::string> scopes, std::string_view method,
                               std::string_view segment);

/// Checks a body {"name", "role", "scopes"?, "expires_at"?} for a key made at `now`; gives the
/// members of api_key_kind() that come from it. That the role is no higher than the maker's is
/// theirs to check.
[[nodiscard]] Result<JsonObject>
read_new_api_key(const Json& body, Time now,
                 const std::function<bool(std::string_view)>& is_segment);

} // namespace throughline
