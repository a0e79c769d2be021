#include "domain/rules/template_helpers.hpp"

#include "domain/rules/coerce.hpp"
#include "domain/text.hpp"
#include "domain/time.hpp"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace throughline::rules {

namespace {

std::string joined(const JsonArray& items, std::string_view between) {
    std::string text;
    for (const Json& item : items) {
        if (!text.empty()) text += between;
        text += text_of(item);
    }
    return text;
}

bool no_argument(std::string_view argument) { return argument.empty(); }
bool any_argument(std::string_view) { return true; }

std::optional<int> count_of(std::string_view text) {
    int count = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, count);
    if (text.empty() || read.ec != std::errc{} || read.ptr != end || count < 0) return std::nullopt;
    return count;
}
bool up_to_ten(std::string_view argument) { return count_of(argument).value_or(11) <= 10; }
bool is_count(std::string_view argument) { return count_of(argument).has_value(); }
bool is_currency(std::string_view argument) {
    return argument.empty() || (argument.size() == 3 && std::ranges::all_of(argument, [](char c) {
                                    return c >= 'A' && c <= 'Z';
                                }));
}

std::string capitalized(std::string text) {
    if (!text.empty()) text.front() = ascii_upper(text.front());
    return text;
}

std::string truncated(std::string text, std::size_t characters) {
    if (length_in_characters(text) <= characters) return text;
    std::size_t at = 0;
    for (; characters > 0; --characters) do
            ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
    text.resize(at);
    return text + "…";
}

/// 12,000.50, and the text itself where it is no number.
std::string number_with(const Json& value, int decimals) {
    const std::string text = text_of(value);
    const auto number = read_number(text);
    if (!number || std::abs(*number) >= 1e15) return text;
    std::array<char, 64> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), *number,
                                   std::chars_format::fixed, decimals);
    std::string written(buffer.data(), end.ptr);
    const std::size_t first = written.starts_with('-') ? 1 : 0;
    for (auto at = std::min(written.find('.'), written.size()); at > first + 3; at -= 3)
        written.insert(at - 3, ",");
    return written;
}

/// The local clock's time of a date or of a time; nothing where the text is neither.
std::optional<date::local_seconds> local_time(const std::string& text,
                                              const date::time_zone& zone) {
    if (const auto day = parse_date(text))
        return date::local_seconds(std::chrono::sys_days(*day).time_since_epoch());
    const auto time = parse_rfc3339(text);
    if (!time) return std::nullopt;
    return zone.to_local(std::chrono::floor<std::chrono::seconds>(*time));
}

std::string two_digits(unsigned value) {
    const std::string digits = std::to_string(value);
    return digits.size() < 2 ? "0" + digits : digits;
}

std::string formatted_date(const Json& value, std::string_view form, const date::time_zone& zone) {
    const std::string text = text_of(value);
    const auto time = local_time(text, zone);
    if (!time) return text;
    const auto day = date::floor<date::days>(*time);
    const date::year_month_day on(day);
    const date::hh_mm_ss<std::chrono::seconds> clock(*time - day);
    constexpr std::array<std::string_view, 12> names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto number = [](auto part) { return two_digits(static_cast<unsigned>(part)); };
    const std::array<std::pair<std::string_view, std::string>, 7> marks = {{
        {"YYYY", std::to_string(int(on.year()))},
        {"MMM", std::string(names[unsigned(on.month()) - 1])},
        {"MM", two_digits(unsigned(on.month()))},
        {"DD", two_digits(unsigned(on.day()))},
        {"HH", number(clock.hours().count())},
        {"mm", number(clock.minutes().count())},
        {"ss", number(clock.seconds().count())},
    }};
    std::string out;
    for (std::string_view rest = form.empty() ? "YYYY-MM-DD" : form; !rest.empty();) {
        const auto mark = std::ranges::find_if(
            marks, [&](const auto& one) { return rest.starts_with(one.first); });
        out += mark == marks.end() ? std::string(rest.substr(0, 1)) : mark->second;
        rest.remove_prefix(mark == marks.end() ? 1 : mark->first.size());
    }
    return out;
}

bool is_empty(const Json& value) {
    return value.is_null() || (value.string() != nullptr && value.string()->empty());
}

Json length_of(const Json& value) {
    if (const JsonArray* const items = value.array()) return items->size();
    return length_in_characters(text_of(value));
}

using Zone = const date::time_zone&;
using Argument = std::string_view;

constexpr std::array helpers = {
    Helper{"upper", no_argument,
           [](const Json& v, Argument, Zone) -> Json { return ascii_upper(text_of(v)); }},
    Helper{"lower", no_argument,
           [](const Json& v, Argument, Zone) -> Json { return ascii_lower(text_of(v)); }},
    Helper{"capitalize", no_argument,
           [](const Json& v, Argument, Zone) -> Json { return capitalized(text_of(v)); }},
    Helper{"trim", no_argument,
           [](const Json& v, Argument, Zone) -> Json { return trimmed(text_of(v)); }},
    Helper{"default", any_argument,
           [](const Json& v, Argument a, Zone) -> Json { return is_empty(v) ? Json(a) : v; }},
    Helper{"truncate", is_count,
           [](const Json& v, Argument a, Zone) -> Json {
               return truncated(text_of(v), static_cast<std::size_t>(*count_of(a)));
           }},
    Helper{"date", any_argument,
           [](const Json& v, Argument a, Zone z) -> Json { return formatted_date(v, a, z); }},
    Helper{"number", up_to_ten,
           [](const Json& v, Argument a, Zone) -> Json { return number_with(v, *count_of(a)); }},
    Helper{"money", is_currency,
           [](const Json& v, Argument a, Zone) -> Json {
               const std::string amount = number_with(v, 2);
               return a.empty() || amount.empty() ? amount : amount + ' ' + std::string(a);
           }},
    Helper{"join", any_argument,
           [](const Json& v, Argument a, Zone) -> Json {
               return v.array() == nullptr ? text_of(v) : joined(*v.array(), a);
           }},
    Helper{"length", no_argument,
           [](const Json& v, Argument, Zone) -> Json { return length_of(v); }},
    Helper{"json", no_argument, [](const Json& v, Argument, Zone) -> Json { return to_text(v); }},
};

} // namespace

const Helper* find_helper(std::string_view name) {
    const auto found = std::ranges::find(helpers, name, &Helper::name);
    return found == helpers.end() ? nullptr : &*found;
}

std::string text_of(const Json& value) {
    if (value.is_null()) return {};
    if (const std::string* const text = value.string()) return *text;
    if (const JsonNumber* const number = value.number()) return number->digits;
    if (const JsonArray* const items = value.array()) return joined(*items, ", ");
    return to_text(value);
}

} // namespace throughline::rules
