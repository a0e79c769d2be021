#pragma once
#include "domain/rules/value.hpp"

#include <optional>
#include <string>

namespace throughline::rules {

// How values pass for one another, by JsonLogic's rules: those of JavaScript, except that an empty
// array is false, an empty object true, and what is no number is an error instead of NaN.

[[nodiscard]] bool is_true_otherwise(const Value& value);
[[nodiscard]] inline bool is_true(const Value& value) {
    return value.kind == ValueKind::boolean ? value.truth : is_true_otherwise(value);
}
/// null is 0, false 0, true 1, an empty text 0, a text its number; nothing where that is NaN.
[[nodiscard]] std::optional<double> to_number(const Value& value);
/// The number that a whole text is (RFC 8259's grammar, and what JavaScript takes besides: a plus
/// sign, zeros and a point in front); beyond a double's range the largest double.
[[nodiscard]] std::optional<double> read_number(std::string_view text);
/// As JavaScript writes it: 3, 0.1, 1e+21.
[[nodiscard]] std::string number_text(double number);
/// Appends a value as text: nothing for null, items of an array joined by commas, objects as JSON.
void append_as_text(std::string& out, const Value& value);

/// The same type and value; arrays and objects by what is in them.
[[nodiscard]] bool is_same(const Value& left, const Value& right);
/// The order of two values: less than, equal to or greater than 0. Texts compare as texts, the rest
/// as numbers; nothing where one is no number.
[[nodiscard]] std::optional<int> compared(const Value& left, const Value& right);

} // namespace throughline::rules
