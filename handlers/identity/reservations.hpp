#pragma once
#include "bus/event_store.hpp"
#include "domain/json.hpp"
#include "domain/result.hpp"

#include <string>

namespace throughline {

// Writes of the streams of domain/identity/streams.hpp, which belong to no tenant.

/// The stream's state is the event's data from now on.
[[nodiscard]] StreamWrite reservation(StreamKey stream, std::int64_t expected, std::string type,
                                      const JsonObject& data);
/// What was reserved names nothing any more; the state says whose it was.
[[nodiscard]] StreamWrite release(StreamKey stream, std::int64_t expected, std::string type,
                                  const JsonObject& data);

[[nodiscard]] bool is_reserved(const StreamHead& head);

/// The conflict of somebody who wants what another has: code `taken` at each of these members.
[[nodiscard]] Rejection taken(const std::vector<std::string>& members);

} // namespace throughline
