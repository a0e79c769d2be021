#include "domain/money.hpp"

#include <boost/multiprecision/cpp_int.hpp>

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace throughline {

namespace {

constexpr std::size_t most_amount_digits = 15;
constexpr std::size_t most_amount_decimals = 4;
constexpr std::size_t most_digits = 40;
constexpr std::size_t most_exponent_digits = 3; // more give too many digits in any case

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_exponent(std::string_view text) {
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (!all_digits(text)) return false;
    text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
    return text.size() <= most_exponent_digits;
}

/// A decimal as a whole number of units of 10 to the power of -scale.
struct Scaled {
    boost::multiprecision::cpp_int units = 0;
    std::size_t scale = 0;

    void rescale(std::size_t wanted) {
        for (; scale < wanted; ++scale) units *= 10;
    }
};

Scaled scaled(std::string_view decimal) {
    const auto point = std::min(decimal.find('.'), decimal.size());
    std::string digits(decimal.substr(0, point));
    const auto decimals = decimal.substr(std::min(point + 1, decimal.size()));
    digits += decimals;
    const bool is_negative = digits.starts_with('-');
    Scaled out{0, decimals.size()};
    for (const char digit : digits)
        if (digit != '-') out.units = out.units * 10 + (digit - '0');
    if (is_negative) out.units = -out.units;
    return out;
}

std::string text_of(const Scaled& decimal) {
    const bool is_negative = decimal.units < 0;
    std::string digits = boost::multiprecision::cpp_int(abs(decimal.units)).str();
    if (digits.size() <= decimal.scale) digits.insert(0, decimal.scale + 1 - digits.size(), '0');
    if (decimal.scale > 0) digits.insert(digits.size() - decimal.scale, 1, '.');
    return (is_negative ? "-" : "") + digits;
}

/// A number as its significant digits and the place of the last of them.
struct Significant {
    bool is_negative = false;
    std::string digits; // without zeros at either end; empty for 0
    long exponent = 0;
    bool operator==(const Significant&) const = default;
};

Significant significant(std::string_view number) {
    Significant out;
    out.is_negative = number.starts_with('-');
    if (out.is_negative) number.remove_prefix(1);
    const auto e = number.find_first_of("eE");
    if (e != std::string_view::npos) {
        out.exponent = std::strtol(std::string(number.substr(e + 1)).c_str(), nullptr, 10);
        number = number.substr(0, e);
    }
    const auto point = number.find('.');
    if (point != std::string_view::npos)
        out.exponent -= static_cast<long>(number.size() - point - 1);
    std::ranges::copy_if(number, std::back_inserter(out.digits), [](char c) { return c != '.'; });
    out.digits.erase(0, out.digits.find_first_not_of('0'));
    const auto last = out.digits.find_last_not_of('0');
    if (last == std::string::npos) return {};
    out.exponent += static_cast<long>(out.digits.size() - last - 1);
    out.digits.resize(last + 1);
    return out;
}

std::string digits_of(const Significant& number) {
    if (number.digits.empty()) return "0";
    std::string digits = number.digits;
    if (number.exponent >= 0) {
        digits.append(static_cast<std::size_t>(number.exponent), '0');
    } else {
        const auto decimals = static_cast<std::size_t>(-number.exponent);
        if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
        digits.insert(digits.size() - decimals, 1, '.');
    }
    return (number.is_negative ? "-" : "") + digits;
}

} // namespace

std::string without_exponent(std::string_view number) {
    if (number.find_first_of("eE") == std::string_view::npos) return std::string(number);
    return digits_of(significant(number));
}

bool is_plain_decimal(std::string_view digits, std::size_t most_whole, std::size_t most_decimals) {
    const auto point = std::min(digits.find('.'), digits.size());
    const auto whole = digits.substr(0, point);
    if (!all_digits(whole) || whole.size() > most_whole) return false;
    if (whole.size() > 1 && whole.front() == '0') return false;
    const auto decimals = digits.substr(std::min(point + 1, digits.size()));
    return point == digits.size() || (all_digits(decimals) && decimals.size() <= most_decimals);
}

bool is_same_number(std::string_view a, std::string_view b) {
    return a == b || significant(a) == significant(b);
}

std::string sum_of(std::string_view a, std::string_view b) {
    Scaled first = scaled(a);
    Scaled second = scaled(b);
    const std::size_t scale = std::max(first.scale, second.scale);
    first.rescale(scale);
    second.rescale(scale);
    return text_of({first.units + second.units, scale});
}

std::string percent_of(std::string_view amount, int percent) {
    Scaled part = scaled(amount);
    part.units *= percent;
    part.scale += 2;
    while (part.scale > 0 && part.units % 10 == 0) {
        part.units /= 10;
        --part.scale;
    }
    return text_of(part);
}

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

std::optional<std::string> read_number_of_json(std::string_view written) {
    const auto e = written.find_first_of("eE");
    if (e == std::string_view::npos) return read_decimal(written);
    if (!read_decimal(written.substr(0, e)) || !is_exponent(written.substr(e + 1)))
        return std::nullopt;
    return read_decimal(without_exponent(written));
}

} // namespace throughline
