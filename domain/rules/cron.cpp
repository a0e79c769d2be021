#include "domain/rules/cron.hpp"

#include "domain/rules/cron_field.hpp"

#include <date/tz.h>

#include <algorithm>

namespace throughline::rules {

namespace {

using namespace std::chrono;

/// A leap day may be eight years away.
constexpr auto horizon = days(12 * 366);

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> descriptors = {{
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
    {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
    {"@every", ""},
}};

Rejection refusal(std::string_view where, std::string detail) {
    return invalid({{std::string(where), "invalid_format", std::move(detail)}});
}

/// The words of a text.
std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    while (true) {
        const auto begin = text.find_first_not_of(" \t");
        if (begin == std::string_view::npos) return found;
        const auto end = text.find_first_of(" \t", begin);
        found.push_back(text.substr(begin, end - begin));
        if (end == std::string_view::npos) return found;
        text.remove_prefix(end);
    }
}

} // namespace

Result<Cron> Cron::parse(std::string_view text, std::string_view where) {
    std::vector<std::string_view> parts = words(text);
    Cron made;
    for (const std::string_view prefix : {"TZ=", "CRON_TZ="})
        if (!parts.empty() && parts.front().starts_with(prefix)) {
            made.zone_name_ = parts.front().substr(prefix.size());
            parts.erase(parts.begin());
        }
    if (!parts.empty() && parts.front().starts_with('@')) {
        const auto known = std::ranges::find(descriptors, parts.front(),
                                             [](const auto& one) { return one.first; });
        const bool every = parts.front() == "@every";
        if (known == descriptors.end() || parts.size() != (every ? 2 : 1))
            return refusal(where, "There is no schedule " + std::string(text) + ".");
        if (every) {
            const auto duration = read_duration(parts[1]);
            if (!duration)
                return refusal(where, "@every takes a duration such as 1h30m, at least a second.");
            made.every_ = *duration;
            return made;
        }
        parts = words(known->second);
    }
    if (parts.size() != 5 && parts.size() != 6)
        return refusal(where, "A schedule has five fields, or six with seconds in front.");
    if (parts.size() == 5) parts.insert(parts.begin(), "0");
    for (std::size_t i = 0; i < field_count; ++i) {
        auto read = read_cron_field(i, parts[i]);
        if (auto* const fault = std::get_if<std::string>(&read))
            return refusal(where, std::move(*fault));
        const auto& field = std::get<CronField>(read);
        made.allowed_[i] = field.allowed;
        made.any_[i] = field.any;
    }
    return made;
}

bool Cron::is_on(year_month_day date) const {
    if (!allowed_[month].test(unsigned(date.month()))) return false;
    const bool by_day = allowed_[day].test(unsigned(date.day()));
    const bool by_weekday = allowed_[weekday].test(std::chrono::weekday(date).c_encoding());
    return any_[day] || any_[weekday] ? by_day && by_weekday : by_day || by_weekday;
}

std::optional<seconds> Cron::time_of_day(seconds from) const {
    const auto next_of = [&](Field field, unsigned least) -> unsigned {
        while (least < 60 && !allowed_[field].test(least)) ++least;
        return least;
    };
    const hh_mm_ss<seconds> time(from);
    const auto asked_hour = static_cast<unsigned>(time.hours().count());
    const auto asked_minute = static_cast<unsigned>(time.minutes().count());
    unsigned in_hour = next_of(hour, asked_hour);
    unsigned in_minute = next_of(minute, in_hour == asked_hour ? asked_minute : 0);
    const bool same_minute = in_hour == asked_hour && in_minute == asked_minute;
    unsigned in_second =
        next_of(second, same_minute ? static_cast<unsigned>(time.seconds().count()) : 0);
    if (in_second == 60) {
        in_second = next_of(second, 0);
        in_minute = next_of(minute, in_minute + 1);
    }
    if (in_minute == 60) {
        in_minute = next_of(minute, 0);
        in_second = next_of(second, 0);
        in_hour = next_of(hour, in_hour + 1);
    }
    if (in_hour == 60) return std::nullopt;
    return hours(in_hour) + minutes(in_minute) + seconds(in_second);
}

std::optional<Cron::Seconds> Cron::first(Seconds from, Seconds until) const {
    for (sys_days date = floor<days>(from); date < until; date += days(1)) {
        if (!is_on(date)) continue;
        const auto time = time_of_day(date < from ? from - date : seconds(0));
        if (time && date + *time < until) return date + *time;
    }
    return std::nullopt;
}

std::optional<Time> Cron::next(Time after, const date::time_zone& zone) const {
    Seconds at = floor<seconds>(after) + seconds(1);
    if (every_ > seconds(0)) return floor<seconds>(after) + every_;
    const bool is_fixed = !any_[hour] && !any_[minute];
    const Seconds end = at + horizon;
    date::sys_info now = zone.get_info(at);
    // A stretch of one offset after another.
    while (at < end) {
        Seconds clock = at + now.offset;
        if (is_fixed && at - now.begin < days(1)) {
            const auto before = zone.get_info(now.begin - seconds(1)).offset;
            const Seconds shown = now.begin + before; // by the clock, when it was changed
            const bool skips = now.offset > before && now.offset - before < days(1);
            if (skips && at == now.begin && first(shown, now.begin + now.offset)) return at;
            clock = std::max(clock, shown);
        }
        const Seconds last = std::min(end, now.end);
        if (const auto found = first(clock, last + now.offset)) return *found - now.offset;
        at = last;
        if (at < end) now = zone.get_info(at);
    }
    return std::nullopt;
}

} // namespace throughline::rules
