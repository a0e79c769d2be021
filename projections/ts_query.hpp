#pragma once
#include <string>

namespace throughline {

/// A word as a tsquery operand (PostgreSQL manual, 8.11.2).
[[nodiscard]] inline std::string quoted_word(const std::string& word) {
    std::string out = "'";
    for (const char c : word) {
        if (c == '\'' || c == '\\') out += c;
        out += c;
    }
    return out + "'";
}

} // namespace throughline
