#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// The digits of an amount of money as they are kept: from 0 on, at most 15 digits before the point
/// and four behind it, no exponent. Nothing where `written` is no such amount.
[[nodiscard]] std::optional<std::string> read_amount(std::string_view written);

/// The digits of a decimal number of either sign, as JSON writes it, at most 40 of them.
[[nodiscard]] std::optional<std::string> read_decimal(std::string_view written);

} // namespace throughline
