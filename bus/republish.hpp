#pragma once
#include <cstdint>
#include <string>

namespace throughline {

struct Republished {
    std::int64_t from = 0;   // the first event that goes to the topic again
    std::int64_t events = 0; // how many there are up to the head
    bool is_led = false;     // by a relay, at this moment
};

/// Moves the relay's checkpoint back so that the event at `from` and all after it go to the topic
/// again, in log order. Never forward: that would leave events out. A relay that runs loses its
/// lead by it and begins again from there within two seconds. `new_log` gives the log an id of its
/// own first, for a database that was restored without its last events; then no relay may run,
/// which takes three seconds to see. Throws std::runtime_error with what is wrong.
Republished republish(const std::string& database_url, std::int64_t from, bool new_log);

} // namespace throughline
