#pragma once
#include <string>

namespace throughline {

/// What a test exits with that passed as far as the machine let it: ctest's SKIP_RETURN_CODE. A
/// sanitizer that has something to report at the exit puts its own in its place.
inline constexpr int skipped_status = 77;

/// Says that and why this machine does not let the test do all it should.
void note_skip(const std::string& reason);
[[nodiscard]] bool has_noted_skip();

} // namespace throughline
