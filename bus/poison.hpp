#pragma once
#include <exception>

namespace throughline {

/// Whether what a consumer threw has nothing to do with its events, so that trying again later can
/// help: the connection, a lock, space, the server, or a statement that does not fit the schema
/// (yet). Anything else makes the event poison.
[[nodiscard]] bool is_database_failure(const std::exception& fault);

} // namespace throughline
