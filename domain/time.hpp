#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// A moment in UTC, to the microsecond.
using Time = std::chrono::sys_time<std::chrono::microseconds>;

/// RFC 3339 with any offset; a fraction is cut to six digits. A leap second, which is the last of a
/// month in UTC, is the second after it.
[[nodiscard]] std::optional<Time> parse_rfc3339(std::string_view text);
/// Always `2026-03-08T06:00:00.000000Z`: UTC and six fractional digits.
[[nodiscard]] std::string to_rfc3339(Time time);
/// `YYYY-MM-DD`, a day that exists.
[[nodiscard]] std::optional<std::chrono::year_month_day> parse_date(std::string_view text);

} // namespace throughline
