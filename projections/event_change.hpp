#pragma once
#include "bus/event.hpp"

#include <string_view>

namespace throughline {

/// "status_changed" of "contact.status_changed".
[[nodiscard]] std::string_view last_word(std::string_view event_type);

/// What an event changed, as the audit log and the timeline show it: objects, or null before a
/// creation and after a deletion.
struct EventChange {
    Json before;
    Json after;
};
[[nodiscard]] EventChange change_of(const StoredEvent& event);

} // namespace throughline
