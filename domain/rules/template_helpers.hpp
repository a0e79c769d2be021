#pragma once
#include "domain/json.hpp"

namespace date {
class time_zone;
}

namespace throughline::rules {

/// What a template does to a value before it is written.
struct Helper {
    std::string_view name;
    /// Whether it takes this argument, perhaps an empty one.
    bool (*takes)(std::string_view argument);
    Json (*apply)(const Json& value, std::string_view argument, const date::time_zone& zone);
};

/// nullptr where there is none of this name.
[[nodiscard]] const Helper* find_helper(std::string_view name);

/// A value as it stands in a text: nothing for null, items joined by ", ", objects as JSON.
[[nodiscard]] std::string text_of(const Json& value);

} // namespace throughline::rules
