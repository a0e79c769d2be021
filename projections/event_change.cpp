#include "projections/event_change.hpp"

namespace throughline {

std::string_view last_word(std::string_view event_type) {
    return event_type.substr(event_type.rfind('.') + 1);
}

EventChange change_of(const StoredEvent& event) {
    const JsonObject data = current_data(event);
    const std::string_view what = last_word(event.type);
    const bool is_whole = what == "created" || what == "restored" ||
                          (!data.contains("before") && !data.contains("after"));
    if (is_whole) return {{}, data};
    return {value_of(data, "before"), value_of(data, "after")};
}

} // namespace throughline
