#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// An entry of a tenant's allow list as it is kept: a host name (RFC 1123, ASCII) in lower case,
/// `*.` before one of at least two labels, or an address in its usual form (RFC 5952; brackets are
/// dropped). Nothing where it is none of these; a port or a scheme makes it none.
[[nodiscard]] std::optional<std::string> normal_host_pattern(std::string_view written);

} // namespace throughline
