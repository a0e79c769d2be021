#include "domain/base64url.hpp"

#include <cstdint>

namespace throughline {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

} // namespace

std::string base64url(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    int waiting = 0;
    for (const char c : bytes) {
        bits = (bits << 8) | static_cast<unsigned char>(c);
        for (waiting += 8; waiting >= 6; waiting -= 6)
            out += alphabet[(bits >> (waiting - 6)) & 63];
    }
    if (waiting > 0) out += alphabet[(bits << (6 - waiting)) & 63];
    return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    int waiting = 0;
    for (const char c : text) {
        const auto digit = alphabet.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        bits = (bits << 6) | static_cast<std::uint32_t>(digit);
        waiting += 6;
        if (waiting >= 8) {
            waiting -= 8;
            out += static_cast<char>((bits >> waiting) & 255);
        }
    }
    const bool is_whole = waiting < 6 && (bits & ((1u << waiting) - 1)) == 0;
    return is_whole ? std::optional(std::move(out)) : std::nullopt;
}

} // namespace throughline
