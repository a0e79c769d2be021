#pragma once
#include "domain/query.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// The two halves of a request target (RFC 9112 section 3.2), both still encoded. The scheme and
/// authority of an absolute-form target are dropped, and its path is "/" where it has none. Views
/// into `target`.
struct RequestTarget {
    std::string_view path;
    std::string_view query; // without the question mark
};
[[nodiscard]] RequestTarget split_target(std::string_view target);

/// Nothing where an escape is broken or the result is not UTF-8 without NUL.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text,
                                                         bool plus_is_space = false);

/// Reads a query as forms write it: `+` is a space. Brackets may come raw or encoded. Empty parts
/// are skipped. Nothing where a name or value cannot be decoded.
[[nodiscard]] std::optional<QueryParameters> read_query(std::string_view query);

} // namespace throughline
