#pragma once
#include <string_view>

namespace throughline {

/// A currency in use, by its ISO 4217 code in capitals: "EUR". No metals, funds or test codes.
[[nodiscard]] bool is_currency(std::string_view code);
/// A country or territory, by its ISO 3166-1 alpha-2 code in capitals: "FR".
[[nodiscard]] bool is_region(std::string_view code);

} // namespace throughline
