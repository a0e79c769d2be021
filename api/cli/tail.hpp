#pragma once
#include "bus/event_store.hpp"

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

struct TailOptions {
    std::optional<std::int64_t>
        from;                       // exclusive; unset: the head when following, else the beginning
    std::vector<std::string> types; // empty: all
    bool follow = false;
};

/// Blocks until the log may have grown past a position, for a moment at most; false: stop.
using WaitForMore = std::function<bool(std::int64_t position)>;

/// `throughline tail`: the events of all tenants straight from the log, one CloudEvent a line, up
/// to the head, or on and on. Ends too when nobody reads `out` any more. The exit code.
[[nodiscard]] int run_tail(EventStore& store, const TailOptions& options, const WaitForMore& wait,
                           std::ostream& out);

} // namespace throughline
