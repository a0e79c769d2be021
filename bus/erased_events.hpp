#pragma once
#include "bus/event.hpp"

namespace throughline {

/// Of an event that tells an erasure, the fields that are blank from then on, and before.
[[nodiscard]] JsonObject blanks_in(const StoredEvent& erasure);

/// The event as the log has it once its stream is erased.
[[nodiscard]] StoredEvent blanked_event(const StoredEvent& event, const JsonObject& blanks);

} // namespace throughline
