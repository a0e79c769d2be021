#include "handlers/time_zones.hpp"

#include <date/tz.h>

#include <stdexcept>

namespace throughline {

bool is_time_zone(const std::string& name) {
    try {
        return date::locate_zone(name) != nullptr;
    } catch (const std::runtime_error&) {
        return false;
    }
}

} // namespace throughline
