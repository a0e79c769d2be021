#pragma once

namespace throughline {

/// From now on spdlog writes to standard error, one JSON object a line: {"time", "level", "msg"}. A
/// message that is itself a JSON object gives its members instead of "msg". So does what ends the
/// process by an exception that nobody catches.
void log_as_json();

} // namespace throughline
