#pragma once
#include <iosfwd>

namespace throughline {

/// `throughline jsonlogic`: for each line of `in`, `{"rule", "data"?}`, one JSON line `{"result"}`
/// or `{"error": {"type", "pointer", "detail"}}`. `pointer` leads into the rule; an object that a
/// rule threw gives its own members too. A line that cannot be read is an error of the type
/// "Invalid JSON". The exit code, always 0.
[[nodiscard]] int run_jsonlogic(std::istream& in, std::ostream& out);

} // namespace throughline
