#pragma once
#include "domain/time.hpp"

#include <string>

namespace date {
class time_zone;
}

namespace throughline {

/// Whether the system's tz database has a zone of this name: "Europe/Paris". Thread-safe.
[[nodiscard]] bool is_time_zone(const std::string& name);
/// The zone of this name, for good; nullptr where there is none. Thread-safe.
[[nodiscard]] const date::time_zone* find_time_zone(const std::string& name);
/// When a day begins in a zone that there is: at midnight, or at the end of a gap that swallows it.
[[nodiscard]] Time start_of_day(std::chrono::year_month_day day, const std::string& zone);

/// The same, or UTC where there is none.
[[nodiscard]] const date::time_zone& zone_or_utc(const std::string& name);

} // namespace throughline
