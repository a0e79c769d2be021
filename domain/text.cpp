#include "domain/text.hpp"
#include "domain/utf8.hpp"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace throughline {

namespace {

constexpr std::size_t max_word_bytes = 64;
constexpr std::size_t max_email_bytes = 254;
constexpr std::uint64_t high_bits = 0x8080808080808080;

/// Length of the run of ASCII at the front, in whole words of eight bytes.
std::size_t ascii_prefix(std::string_view text) {
    std::size_t length = 0;
    for (std::uint64_t word = 0; length + sizeof word <= text.size(); length += sizeof word) {
        std::memcpy(&word, text.data() + length, sizeof word);
        if ((word & high_bits) != 0) break;
    }
    return length;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text.substr(ascii_prefix(text)),
                               [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

using InstanceOf = const icu::Normalizer2* (*)(UErrorCode&);

icu::UnicodeString normalised(const icu::UnicodeString& text, InstanceOf form) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* const normalizer = form(status);
    if (U_FAILURE(status)) throw std::runtime_error("ICU has no normalization data");
    icu::UnicodeString out = normalizer->normalize(text, status);
    if (U_FAILURE(status)) throw std::runtime_error("ICU cannot normalize a text");
    return out;
}

icu::UnicodeString to_utf16(std::string_view text) {
    return icu::UnicodeString::fromUTF8(
        icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

std::string to_utf8(const icu::UnicodeString& text) {
    std::string out;
    text.toUTF8String(out);
    return out;
}

icu::UnicodeString folded(std::string_view text) {
    return normalised(to_utf16(text), icu::Normalizer2::getNFCInstance).foldCase();
}

bool is_mark(UChar32 c) { return (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0; }

std::string_view cut(std::string_view word) {
    if (word.size() <= max_word_bytes) return word;
    return word.substr(0, start_before(word, max_word_bytes + 1));
}

/// Calls `found` with each longest run of code points that `belongs` takes.
template <class Belongs, class Found>
void each_run(std::string_view text, Belongs belongs, Found found) {
    std::size_t start = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t before = at;
        if (belongs(code_point_at(text, at))) continue;
        if (before > start) found(text.substr(start, before - start));
        start = at;
    }
    if (start < text.size()) found(text.substr(start));
}

bool is_invisible(UChar32 c) {
    return u_isUWhiteSpace(c) || u_charType(c) == U_CONTROL_CHAR ||
           u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) || U_IS_UNICODE_NONCHAR(c);
}

bool is_blank(std::string_view text) {
    for (std::size_t at = 0; at < text.size();)
        if (!is_invisible(code_point_at(text, at))) return false;
    return true;
}

std::string_view trimmed_view(std::string_view text) {
    while (!text.empty()) {
        std::size_t next = 0;
        if (!u_isUWhiteSpace(code_point_at(text, next))) break;
        text.remove_prefix(next);
    }
    while (!text.empty()) {
        const std::size_t last = start_before(text, text.size());
        std::size_t at = last;
        if (!u_isUWhiteSpace(code_point_at(text, at))) break;
        text = text.substr(0, last);
    }
    return is_blank(text) ? std::string_view() : text;
}

std::string_view without_punctuation_around(std::string_view token) {
    static constexpr std::string_view punctuation = "<>()[]{}\"'`,;:.!?";
    const auto first = token.find_first_not_of(punctuation);
    if (first == std::string_view::npos) return {};
    return token.substr(first, token.find_last_not_of(punctuation) - first + 1);
}

} // namespace

bool is_valid_utf8(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return false;
    for (std::size_t at = ascii_prefix(text); at < text.size();) {
        if (code_point_at(text, at) == no_code_point) return false;
        at += ascii_prefix(text.substr(at));
    }
    return true;
}

std::size_t length_in_characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

std::string cut_to_characters(std::string_view text, std::size_t most) {
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
        if ((static_cast<unsigned char>(text[i]) & 0xC0u) != 0x80u && ++characters > most)
            return std::string(text.substr(0, i));
    return std::string(text);
}

std::string ascii_lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return ascii_lower(c); });
    return out;
}

std::string ascii_upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return ascii_upper(c); });
    return out;
}

std::string_view without_blanks(std::string_view text) {
    const auto from = text.find_first_not_of(" \t");
    return from == std::string_view::npos
               ? std::string_view{}
               : text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::string trimmed(std::string_view text) { return std::string(trimmed_view(text)); }

std::vector<std::string_view> comma_parts(std::string_view text) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto comma = text.find(',');
        parts.push_back(trimmed_view(text.substr(0, comma)));
        if (comma == std::string_view::npos) return parts;
        text.remove_prefix(comma + 1);
    }
}

std::string case_folded(std::string_view text) {
    if (is_ascii(text)) return ascii_lower(text);
    return to_utf8(normalised(folded(text), icu::Normalizer2::getNFCInstance));
}

std::string search_folded(std::string_view text) {
    if (is_ascii(text)) return ascii_lower(text);
    const icu::UnicodeString apart = normalised(folded(text), icu::Normalizer2::getNFDInstance);
    icu::UnicodeString kept;
    for (std::int32_t at = 0; at < apart.length(); at = apart.moveIndex32(at, 1))
        if (const UChar32 c = apart.char32At(at); u_charType(c) != U_NON_SPACING_MARK)
            kept.append(c);
    return to_utf8(normalised(kept, icu::Normalizer2::getNFCInstance));
}

std::vector<std::string> search_words(std::string_view text) {
    const std::string folded_text = search_folded(text);
    std::vector<std::string> words;
    each_run(
        folded_text, [](UChar32 c) { return u_isalnum(c) || is_mark(c); },
        [&](std::string_view word) { words.emplace_back(cut(word)); });
    each_run(
        folded_text, [](UChar32 c) { return !u_isUWhiteSpace(c); },
        [&](std::string_view token) {
            const auto address = without_punctuation_around(token);
            if (looks_like_email(address)) words.emplace_back(cut(address));
        });
    std::ranges::sort(words);
    const auto repeated = std::ranges::unique(words);
    words.erase(repeated.begin(), repeated.end());
    return words;
}

std::string normal_email(std::string_view written) {
    const std::string address = trimmed(written);
    if (is_ascii(address)) return ascii_lower(address);
    const auto nfc = [](const icu::UnicodeString& text) {
        return normalised(text, icu::Normalizer2::getNFCInstance);
    };
    return to_utf8(nfc(nfc(to_utf16(address)).toLower(icu::Locale::getRoot())));
}

bool looks_like_email(std::string_view text) {
    const auto at = text.find('@');
    if (at == std::string_view::npos || at == 0 || text.size() > max_email_bytes) return false;
    const auto domain = text.substr(at + 1);
    if (domain.empty() || domain.front() == '.' || domain.back() == '.') return false;
    if (domain.find("..") != std::string_view::npos || domain.find('@') != std::string_view::npos)
        return false;
    for (std::size_t next = 0; next < text.size();) {
        const std::int32_t c = code_point_at(text, next);
        if (u_isUWhiteSpace(c) || u_iscntrl(c) || c == ',' || c == ';' || c == '<' || c == '>')
            return false;
    }
    return true;
}

} // namespace throughline
