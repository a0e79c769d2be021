#pragma once
#include "domain/result.hpp"
#include "domain/time.hpp"

#include <array>
#include <bitset>

namespace date {
class time_zone;
}

namespace throughline::rules {

/// A schedule in cron's form: five fields (minute, hour, day of month, month, day of week), or six
/// with seconds in front. A field is `*`, `?`, a value, a range, a step (`*/15`, `9-17/2`, `5/15`)
/// or a list of these; months and days of the week have names, Sunday is 0 and 7. Where both days
/// are given either will do. Also @yearly, @monthly, @weekly, @daily, @hourly and their synonyms,
/// `@every 1h30m`, and `TZ=Europe/Paris` in front.
///
/// Where clocks change, a fixed hour and minute that is skipped runs at the end of the gap, and one
/// that is repeated runs once, the first. With `*` for the hour or minute it runs in every real
/// hour.
class Cron {
  public:
    /// A fault is told with `where` as its place.
    [[nodiscard]] static Result<Cron> parse(std::string_view text, std::string_view where = "");

    /// The zone that the text itself names, or empty.
    [[nodiscard]] const std::string& zone_name() const { return zone_name_; }
    /// The first time after this one, in whole seconds; nothing where none comes within twelve
    /// years.
    [[nodiscard]] std::optional<Time> next(Time after, const date::time_zone& zone) const;

  private:
    using Seconds = std::chrono::sys_seconds;

    [[nodiscard]] bool is_on(std::chrono::year_month_day day) const;
    /// The first second of a local clock from `from` on and before `until`.
    [[nodiscard]] std::optional<Seconds> first(Seconds from, Seconds until) const;
    [[nodiscard]] std::optional<std::chrono::seconds> time_of_day(std::chrono::seconds from) const;

    enum Field { second, minute, hour, day, month, weekday };
    static constexpr std::size_t field_count = 6;

    std::array<std::bitset<60>, field_count> allowed_; // by a field's own numbers
    std::array<bool, field_count> any_{};              // `*`
    std::chrono::seconds every_{0};                    // of @every, instead of all that
    std::string zone_name_;
};

} // namespace throughline::rules
