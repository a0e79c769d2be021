#pragma once
#include "domain/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// The sort keys of the last item of a page; nothing stands for null.
using CursorKeys = std::vector<std::optional<std::string>>;

/// Where a page ended, for `?cursor=`: base64url without padding (RFC 4648 section 5) of the JSON
/// array [scope, key, …]. The scope is a UUIDv5 of whatever must stay the same from page to page.
[[nodiscard]] std::string write_cursor(std::string_view same, const CursorKeys& keys);

/// Nothing where the text is no cursor, or was written for something else. The keys come from the
/// caller of the API: they are well-formed text, and may be anything.
[[nodiscard]] std::optional<CursorKeys> read_cursor(std::string_view text, std::string_view same,
                                                    std::size_t keys);

/// 400 invalid_cursor.
[[nodiscard]] Rejection invalid_cursor();

} // namespace throughline
