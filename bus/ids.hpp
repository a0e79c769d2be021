#pragma once
#include "domain/id.hpp"
#include "domain/time.hpp"

namespace throughline {

/// The system clock, to the microsecond.
[[nodiscard]] Time now();

/// A new v7 id: later ids of a thread are greater (RFC 9562 section 6.2, method 2), even when the
/// clock goes back. From the system's random source; thread-safe.
[[nodiscard]] Uuid new_id();

} // namespace throughline
