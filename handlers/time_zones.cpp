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
    const date::local_days local{std::chrono::sys_days(day).time_since_epoch()};
    const auto utc = date::make_zoned(zone, local, date::choose::earliest).get_sys_time();
    return Time{std::chrono::duration_cast<std::chrono::microseconds>(utc.time_since_epoch())};
}

const date::time_zone& zone_or_utc(const std::string& name) {
    const date::time_zone* const zone = find_time_zone(name);
    return zone == nullptr ? *find_time_zone("UTC") : *zone;
}

} // namespace throughline
