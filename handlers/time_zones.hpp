#pragma once
#include <string>

namespace throughline {

/// Whether the system's tz database has a zone of this name: "Europe/Paris". Thread-safe.
[[nodiscard]] bool is_time_zone(const std::string& name);

} // namespace throughline
