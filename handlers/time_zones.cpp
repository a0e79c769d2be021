#include "handlers/time_zones.hpp"

#include <date/tz.h>

#include <stdexcept>

namespace throughline {

bool is_time_zone(const std::string& name) { return find_time_zone(name) != nullptr; }

const date::time_zone* find_time_zone(const std::string& name) {
    try {
        return date::locate_zone(name);
    } catch (const std::runtime_error&) {
        return nullptr;
    }
}

Time start_of_day(std::chrono::year_month_day day, const std::string& zone) {
    const date::local_days local{date::year{int(day.year())} / unsigned(day.month()) /
                                 unsigned(day.day())};
    const auto utc = date::make_zoned(zone, local, date::choose::earliest).get_sys_time();
    return Time{std::chrono::duration_cast<std::chrono::microseconds>(utc.time_since_epoch())};
}

} // namespace throughline
