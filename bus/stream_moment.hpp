#pragma once
#include "domain/id.hpp"

#include <compare>
#include <cstdint>

namespace throughline {

/// A stream as it stood at a position of the log.
struct StreamMoment {
    StreamKey stream;
    std::int64_t at = 0;
    auto operator<=>(const StreamMoment&) const = default;
};

} // namespace throughline
