#pragma once
#include <string>
#include <string_view>

namespace throughline {

/// The text of whole gzip bytes; throws std::runtime_error where they are none or break off.
[[nodiscard]] std::string gunzip(std::string_view bytes);

} // namespace throughline
