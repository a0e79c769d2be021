#pragma once
#include <exception>
#include <stdexcept>

namespace throughline {

/// Thrown by a consumer that cannot do now what it can do later.
struct TryLater : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Whether what a consumer threw has nothing to do with its events, so that trying again later can
/// help: the connection, a lock, space, the server, a statement that does not fit the schema (yet),
/// or what the consumer says of itself. Anything else makes the event poison.
[[nodiscard]] bool is_transient(const std::exception& fault);

} // namespace throughline
