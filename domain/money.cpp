#include "domain/money.hpp"

#include <algorithm>

namespace throughline {

namespace {

constexpr std::size_t most_amount_digits = 15;
constexpr std::size_t most_amount_decimals = 4;
constexpr std::size_t most_digits = 40;

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// 0 or digits without a leading zero, then perhaps a point and digits.
bool is_plain_decimal(std::string_view digits, std::size_t most_whole, std::size_t most_decimals) {
    const auto point = std::min(digits.find('.'), digits.size());
    const auto whole = digits.substr(0, point);
    if (!all_digits(whole) || whole.size() > most_whole) return false;
    if (whole.size() > 1 && whole.front() == '0') return false;
    const auto decimals = digits.substr(std::min(point + 1, digits.size()));
    return point == digits.size() || (all_digits(decimals) && decimals.size() <= most_decimals);
}

} // namespace

std::optional<std::string> read_amount(std::string_view written) {
    if (!is_plain_decimal(written, most_amount_digits, most_amount_decimals)) return std::nullopt;
    return std::string(written);
}

std::optional<std::string> read_decimal(std::string_view written) {
    const std::string_view unsigned_part = written.substr(written.starts_with('-') ? 1 : 0);
    if (unsigned_part.size() > most_digits ||
        !is_plain_decimal(unsigned_part, most_digits, most_digits))
        return std::nullopt;
    return std::string(written);
}

} // namespace throughline
