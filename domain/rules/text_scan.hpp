#pragma once
#include "domain/rules/arena.hpp"
#include "domain/rules/value.hpp"

namespace throughline::rules {

// Steps over a JSON text. Each takes where it stands and where the text ends, and gives where it
// stands afterwards; none reads behind the end, and each throws std::runtime_error at it.

/// To the next thing that is no white space.
[[nodiscard]] const char* scan_space(const char* at, const char* end);
/// Behind one character, which must be `mark`.
[[nodiscard]] const char* scan_mark(const char* at, char mark);
/// Behind the bracket that closes the container one is in.
[[nodiscard]] const char* scan_to_close(const char* at, const char* end);
/// Behind a string, whose text is a view of the text where nothing is escaped in it.
[[nodiscard]] const char* scan_text(const char* at, const char* end, std::string_view& text,
                                    Arena& arena);
/// Behind a string, number, true, false or null.
[[nodiscard]] const char* scan_scalar(const char* at, const char* end, Value& value, Arena& arena);

} // namespace throughline::rules
