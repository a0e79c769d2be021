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

} // namespace throughline
