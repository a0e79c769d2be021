#include "domain/rules/coerce.hpp"

#include "domain/rules/container.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace throughline::rules {

namespace {

std::string_view without_space(std::string_view text) {
    constexpr std::string_view space = " \t\n\r\f\v";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

bool is_same_array(Container& left, Container& right) {
    for (std::uint32_t i = 0;; ++i) {
        const bool more = reaches(left, i);
        if (more != reaches(right, i)) return false;
        if (!more) return true;
        if (!is_same(entry(left, i), entry(right, i))) return false;
    }
}

bool is_same_object(const Value& left, const Value& right) {
    Container& members = *left.container;
    if (size_of(members) != size_of(*right.container)) return false;
    for (std::uint32_t i = 0; i < members.count; ++i)
        if (!is_same(entry(members, i), member(right, members.names[i].view()))) return false;
    return true;
}

void append_items(std::string& out, Container& items) {
    for (std::uint32_t i = 0; reaches(items, i); ++i) {
        if (i > 0) out += ',';
        append_as_text(out, entry(items, i));
    }
}

} // namespace

bool is_true_otherwise(const Value& value) {
    switch (value.kind) {
    case ValueKind::boolean: return value.truth;
    case ValueKind::number: return value.number != 0;
    case ValueKind::text: return value.size > 0;
    case ValueKind::array: return reaches(*value.container, 0);
    case ValueKind::object: return true;
    default: return false;
    }
}

std::optional<double> to_number(const Value& value) {
    switch (value.kind) {
    case ValueKind::number: return value.number;
    case ValueKind::boolean: return value.truth ? 1 : 0;
    case ValueKind::text: {
        const std::string_view text = without_space(value.view());
        return text.empty() ? 0 : read_number(text);
    }
    case ValueKind::array:
    case ValueKind::object: return std::nullopt;
    default: return 0;
    }
}

std::optional<double> read_number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    // from_chars takes "inf" and "nan", and a sign behind the plus.
    const auto digit = text.find_first_not_of("-.");
    if (digit == std::string_view::npos || text[digit] < '0' || text[digit] > '9')
        return std::nullopt;
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ptr != end) return std::nullopt;
    if (read.ec != std::errc::result_out_of_range) return value;
    if (text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos)
        return 0;
    constexpr double largest = std::numeric_limits<double>::max();
    return text.starts_with('-') ? -largest : largest;
}

std::string number_text(double number) {
    if (number == 0) return "0";
    std::array<char, 64> buffer; // NOLINT: filled by to_chars
    const double size = std::abs(number);
    const auto form =
        size >= 1e-6 && size < 1e21 ? std::chars_format::fixed : std::chars_format::scientific;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, form);
    return {buffer.data(), end.ptr};
}

void append_as_text(std::string& out, const Value& value) {
    switch (value.kind) {
    case ValueKind::boolean: out += value.truth ? "true" : "false"; break;
    case ValueKind::number: out += number_text(value.number); break;
    case ValueKind::text: out += value.view(); break;
    case ValueKind::array: append_items(out, *value.container); break;
    case ValueKind::object: append_text(out, to_json(value)); break;
    default: break;
    }
}

bool is_same(const Value& left, const Value& right) {
    if (left.is_null()) return right.is_null();
    if (left.kind != right.kind) return false;
    switch (left.kind) {
    case ValueKind::boolean: return left.truth == right.truth;
    case ValueKind::number: return left.number == right.number;
    case ValueKind::text: return left.view() == right.view();
    case ValueKind::array:
        return left.container == right.container ||
               is_same_array(*left.container, *right.container);
    default: return left.container == right.container || is_same_object(left, right);
    }
}

std::optional<int> compared(const Value& left, const Value& right) {
    if (left.kind == ValueKind::text && right.kind == ValueKind::text)
        return left.view().compare(right.view());
    const auto first = to_number(left);
    const auto second = to_number(right);
    if (!first || !second) return std::nullopt;
    return *first < *second ? -1 : *first > *second ? 1 : 0;
}

} // namespace throughline::rules
