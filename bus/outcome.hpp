#pragma once
#include "bus/pending.hpp"
#include "domain/id.hpp"
#include "domain/json.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace throughline {

/// What became of a command that passed, now or when it was first given.
struct Committed {
    std::int64_t first_position = 0;
    std::int64_t last_position = 0;
    bool duplicate = false;   // known before: nothing was written now
    std::string request_hash; // as first given
    int status = 200;
    std::vector<std::pair<StreamKey, std::int64_t>> versions; // after the command
    JsonObject told = {};                                     // as first given
};
/// Whether it has events: the one of a client's key that changed nothing has none.
[[nodiscard]] inline bool wrote_events(const Committed& committed) {
    return committed.first_position <= committed.last_position;
}
/// A stream was not where the command expected it.
struct Conflict {
    StreamKey stream;
    std::int64_t actual = 0;
};
/// The queue is full, or the log is out of reach: nothing was written. Try again later.
struct Unavailable {
    std::string cause;
};
/// The store refuses this very command whatever is tried (an event over its size, say).
struct Refused {
    std::string cause;
};
using Outcome = std::variant<Committed, Conflict, Unavailable, Refused>;

/// Of a command on its way to the log.
using PendingOutcome = Pending<Outcome>;

} // namespace throughline
