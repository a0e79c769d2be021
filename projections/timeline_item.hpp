#pragma once
#include "bus/event.hpp"
#include "domain/json.hpp"

#include <string>

namespace throughline {

/// What the timeline of `entity` calls an event. Meetings, emails, messages, tasks and notes that
/// are made for a record are items of their own there; all else, and what happens to them later,
/// is an audit entry: "audit".
[[nodiscard]] std::string timeline_type(const StoredEvent& event, const StreamKey& entity);

/// What an item that is no audit entry says, by its type.
struct TimelineItem {
    std::string summary; // "Meeting: Kick-off"
    JsonObject details;  // as the answer has them
};
[[nodiscard]] TimelineItem timeline_item(const StoredEvent& event, const std::string& type);

} // namespace throughline
