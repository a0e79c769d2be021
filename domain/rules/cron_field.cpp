#include "domain/rules/cron_field.hpp"

#include "domain/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace throughline::rules {

namespace {

constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekdays = {"sun", "mon", "tue", "wed",
                                                      "thu", "fri", "sat"};

struct Range {
    std::string_view name;
    unsigned least;
    unsigned most;
    std::span<const std::string_view> names; // of least and following
};
constexpr std::size_t day_field = 3;
constexpr std::size_t weekday_field = 5;
const std::array<Range, 6> ranges = {{{"second", 0, 59, {}},
                                      {"minute", 0, 59, {}},
                                      {"hour", 0, 23, {}},
                                      {"day of month", 1, 31, {}},
                                      {"month", 1, 12, months},
                                      {"day of week", 0, 7, weekdays}}};

std::optional<unsigned> read_count(std::string_view text) {
    unsigned value = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (text.empty() || read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return value;
}

std::optional<unsigned> read_value(const Range& range, std::string_view text) {
    const auto named = std::ranges::find(range.names, ascii_lower(text));
    if (named != range.names.end())
        return range.least + static_cast<unsigned>(named - range.names.begin());
    const auto value = read_count(text);
    return value && *value >= range.least && *value <= range.most ? value : std::nullopt;
}

std::string fault(const Range& range, std::string_view text) {
    return "The " + std::string(range.name) + " '" + std::string(text) +
           "' is none: it goes from " + std::to_string(range.least) + " to " +
           std::to_string(range.most) + ", in lists, ranges and steps.";
}

/// One of a list: a value, a range, or either with a step; false where it is none.
bool add(const Range& range, std::string_view text, CronField& field, bool is_day) {
    const auto slash = text.find('/');
    const auto step =
        slash == std::string_view::npos ? 1U : read_count(text.substr(slash + 1)).value_or(0);
    if (step == 0) return false;
    const std::string_view span = text.substr(0, slash);
    const auto dash = span.find('-');
    const bool any = span == "*" || span == "?";
    const auto from = any ? range.least : read_value(range, span.substr(0, dash));
    auto to = dash == std::string_view::npos ? from : read_value(range, span.substr(dash + 1));
    const bool is_weekday = range.most == 7;
    const unsigned most = is_weekday ? 6 : range.most;
    if (any || (dash == std::string_view::npos && slash != std::string_view::npos)) to = most;
    if (!from || !to || *to < *from) return false;
    for (unsigned value = *from; value <= *to; value += std::min(step, 60U))
        field.allowed.set(is_weekday ? value % 7 : value);
    // Each second day is a choice of days; each second hour is still every real hour's business.
    field.any = field.any || (any && (step == 1 || !is_day));
    return true;
}

} // namespace

std::variant<CronField, std::string> read_cron_field(std::size_t field, std::string_view text) {
    const Range& range = ranges[field];
    CronField made;
    const bool is_day = field == day_field || field == weekday_field;
    for (std::string_view rest = text;;) {
        const auto comma = rest.find(',');
        if (!add(range, rest.substr(0, comma), made, is_day)) return fault(range, text);
        if (comma == std::string_view::npos) return made;
        rest.remove_prefix(comma + 1);
    }
}

std::optional<std::chrono::seconds> read_duration(std::string_view text) {
    constexpr std::int64_t year = 366 * 86'400;
    std::int64_t total = 0;
    while (!text.empty()) {
        const auto unit = text.find_first_not_of("0123456789");
        if (unit == std::string_view::npos) return std::nullopt;
        const auto count = read_count(text.substr(0, unit));
        constexpr std::string_view units = "smhdw";
        constexpr std::array<std::int64_t, 5> lengths = {1, 60, 3600, 86'400, 604'800};
        const auto known = units.find(text[unit]);
        if (!count || known == std::string_view::npos) return std::nullopt;
        total += *count * lengths[known];
        if (total > year) return std::nullopt;
        text.remove_prefix(unit + 1);
    }
    if (total < 1) return std::nullopt;
    return std::chrono::seconds(total);
}

} // namespace throughline::rules
