#include "domain/rules/text_scan.hpp"

#include "domain/rules/coerce.hpp"
#include "domain/rules/text_blocks.hpp"
#include "domain/utf8.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace throughline::rules {

namespace {

[[noreturn]] void fail() { throw std::runtime_error("the text is not JSON"); }

/// Where the string that was entered ends: at its quote. `escaped` is whether there are escapes.
const char* closing_quote(const char* at, const char* end, bool& escaped) {
    while (end - at > 16) {
        const Block16 block(at);
        const std::uint64_t escapes = block.which('\\');
        const std::uint64_t found = block.which('"') | escapes;
        const auto first = std::countr_zero(found | std::uint64_t{1} << 16);
        at += first;
        if (first == 16) continue;
        if ((escapes >> first & 1) == 0) return at;
        escaped = true;
        at += 2;
    }
    for (; at != end; ++at) {
        if (*at == '"') return at;
        if (*at != '\\') continue;
        escaped = true;
        if (++at == end) break;
    }
    fail();
}

unsigned hex_digits(const char* at, const char* end) {
    unsigned value = 0;
    if (end - at < 4 || std::from_chars(at, at + 4, value, 16).ptr != at + 4) fail();
    return value;
}

/// Behind the four digits of \u, and of the low half that follows a high surrogate.
const char* unescape_code(const char* at, const char* end, char*& out) {
    unsigned code = hex_digits(at, end);
    at += 4;
    if (code >= 0xD800 && code < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
        code = 0x10000 + ((code - 0xD800) << 10) + (hex_digits(at + 2, end) - 0xDC00);
        at += 6;
    }
    out = put_utf8(out, code);
    return at;
}

/// No longer than it is written.
std::string_view unescaped(const char* at, const char* end, Arena& arena) {
    char* const text = arena.array<char>(static_cast<std::size_t>(end - at));
    char* out = text;
    while (at != end) {
        if (*at != '\\') {
            *out++ = *at++;
            continue;
        }
        const char mark = at[1];
        at += 2;
        switch (mark) {
        case 'b': *out++ = '\b'; break;
        case 'f': *out++ = '\f'; break;
        case 'n': *out++ = '\n'; break;
        case 'r': *out++ = '\r'; break;
        case 't': *out++ = '\t'; break;
        case 'u': at = unescape_code(at, end, out); break;
        default: *out++ = mark;
        }
    }
    return {text, static_cast<std::size_t>(out - text)};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_of_number(char c) {
    return is_digit(c) || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

/// Numbers of up to fifteen digits, with up to as many decimals, are exact in a double; so is ten
/// to that power, and their quotient is rounded once (Clinger 1990). The rest is left to
/// from_chars.
constexpr std::array<double, 16> powers_of_ten = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

const char* scan_number(const char* const begin, const char* end, double& number) {
    const char* at = begin;
    const bool negative = *at == '-';
    if (negative) ++at;
    std::uint64_t digits = 0;
    const char* const first = at;
    for (; at != end && is_digit(*at); ++at)
        digits = digits * 10 + static_cast<unsigned>(*at - '0');
    auto count = at - first;
    std::size_t decimals = 0;
    if (at != end && *at == '.') {
        const char* const point = at++;
        for (; at != end && is_digit(*at); ++at)
            digits = digits * 10 + static_cast<unsigned>(*at - '0');
        decimals = static_cast<std::size_t>(at - point - 1);
        count += static_cast<std::ptrdiff_t>(decimals);
    }
    if (count == 0) fail();
    if (count <= 15 && (at == end || !is_of_number(*at))) {
        const double value = static_cast<double>(digits) / powers_of_ten[decimals];
        number = negative ? -value : value;
        return at;
    }
    while (at != end && is_of_number(*at)) ++at;
    const auto read = read_number({begin, static_cast<std::size_t>(at - begin)});
    if (!read) fail();
    number = *read;
    return at;
}

const char* scan_word(const char* at, const char* end, std::string_view word) {
    if (static_cast<std::size_t>(end - at) < word.size() ||
        std::memcmp(at, word.data(), word.size()) != 0)
        fail();
    return at + word.size();
}

} // namespace

const char* scan_space(const char* at, const char* end) {
    while (at != end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) ++at;
    if (at == end) fail();
    return at;
}

const char* scan_mark(const char* at, char mark) {
    if (*at != mark) fail();
    return at + 1;
}

const char* scan_text(const char* at, const char* end, std::string_view& text, Arena& arena) {
    if (*at != '"') fail();
    bool escaped = false;
    const char* const begin = at + 1;
    const char* const quote = closing_quote(begin, end, escaped);
    text = escaped ? unescaped(begin, quote, arena)
                   : std::string_view(begin, static_cast<std::size_t>(quote - begin));
    return quote + 1;
}

const char* scan_scalar(const char* at, const char* end, Value& value, Arena& arena) {
    switch (*at) {
    case '"': {
        std::string_view text;
        at = scan_text(at, end, text, arena);
        value = Value::of(text);
        return at;
    }
    case 't': value = Value::of(true); return scan_word(at, end, "true");
    case 'f': value = Value::of(false); return scan_word(at, end, "false");
    case 'n': value = {}; return scan_word(at, end, "null");
    default: value.kind = ValueKind::number; return scan_number(at, end, value.number);
    }
}

} // namespace throughline::rules
