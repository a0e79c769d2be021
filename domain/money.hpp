#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// Whether it is 0 or digits without a leading zero, then perhaps a point and digits.
[[nodiscard]] bool is_plain_decimal(std::string_view digits, std::size_t most_whole,
                                    std::size_t most_decimals);

/// A number as JSON writes it, without an exponent: 1e3 gives 1000, 15e-1 gives 1.5. As it is where
/// it has none.
[[nodiscard]] std::string without_exponent(std::string_view number);

/// The digits of an amount of money as they are kept: from 0 on, at most 15 digits before the point
/// and four behind it, no exponent. Nothing where `written` is no such amount.
[[nodiscard]] std::optional<std::string> read_amount(std::string_view written);

/// The digits of a decimal number of either sign, as JSON writes it, at most 40 of them.
[[nodiscard]] std::optional<std::string> read_decimal(std::string_view written);

/// The same of one that may have an exponent: 1e3 gives 1000. The 40 digits are those without it.
[[nodiscard]] std::optional<std::string> read_number_of_json(std::string_view written);

/// Whether two JSON numbers are the same number, however they are written: 10.50 and 10.5.
[[nodiscard]] bool is_same_number(std::string_view a, std::string_view b);

/// Exact sums and percentages of decimals as read_decimal gives them; an empty one counts as 0.
[[nodiscard]] std::string sum_of(std::string_view a, std::string_view b);
/// Without zeros at the end of its decimals.
[[nodiscard]] std::string percent_of(std::string_view amount, int percent);

} // namespace throughline
