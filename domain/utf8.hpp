#pragma once
#include <cstdint>
#include <string_view>

namespace throughline {

/// Stands for bytes that are not UTF-8 (RFC 3629).
inline constexpr std::int32_t no_code_point = -1;

/// The code point at `at`, which moves behind it; over bytes that are not UTF-8 it moves by one.
[[nodiscard]] inline std::int32_t code_point_at(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(at++);
    if (lead < 0x80) return static_cast<std::int32_t>(lead);
    const std::size_t trail = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || text.size() - at < trail) return no_code_point;
    unsigned code_point = lead & (0x3Fu >> trail);
    for (std::size_t i = 0; i < trail; ++i) {
        if ((byte(at + i) & 0xC0u) != 0x80u) return no_code_point;
        code_point = (code_point << 6) | (byte(at + i) & 0x3Fu);
    }
    const bool is_overlong =
        (trail == 2 && code_point < 0x800) || (trail == 3 && code_point < 0x10000);
    const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (is_overlong || is_surrogate || code_point > 0x10FFFF) return no_code_point;
    at += trail;
    return static_cast<std::int32_t>(code_point);
}

/// Writes a code point; returns what is behind it. One that is none, a surrogate, is written all
/// the same.
template <class Out> constexpr Out put_utf8(Out out, std::uint32_t code_point) {
    const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xC0 | code_point >> 6);
        put(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        put(0xE0 | code_point >> 12);
        put(0x80 | (code_point >> 6 & 0x3F));
        put(0x80 | (code_point & 0x3F));
    } else {
        put(0xF0 | code_point >> 18);
        put(0x80 | (code_point >> 12 & 0x3F));
        put(0x80 | (code_point >> 6 & 0x3F));
        put(0x80 | (code_point & 0x3F));
    }
    return out;
}

/// Where the code point that ends at `end` begins, in well-formed UTF-8.
[[nodiscard]] inline std::size_t start_before(std::string_view text, std::size_t end) {
    do --end;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u);
    return end;
}

} // namespace throughline
