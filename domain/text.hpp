#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// Well-formed UTF-8 (RFC 3629) without NUL.
[[nodiscard]] bool is_valid_utf8(std::string_view text);
/// Number of code points in well-formed UTF-8.
[[nodiscard]] std::size_t length_in_characters(std::string_view text);
/// At most so many code points from the start of well-formed UTF-8.
[[nodiscard]] std::string cut_to_characters(std::string_view text, std::size_t most);
/// Of ASCII letters alone; every other byte stays as it is.
[[nodiscard]] constexpr char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr char ascii_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
[[nodiscard]] std::string ascii_lower(std::string_view text);
[[nodiscard]] std::string ascii_upper(std::string_view text);
/// Without spaces and tabs at both ends. A view into the text.
[[nodiscard]] std::string_view without_blanks(std::string_view text);
/// Without white space (Unicode White_Space) at both ends. Empty where nothing of it can be seen:
/// no more than white space, controls, default ignorables and noncharacters.
[[nodiscard]] std::string trimmed(std::string_view text);
/// The parts between commas, each trimmed; empty ones are among them, and an empty text is one.
/// Views into the text.
[[nodiscard]] std::vector<std::string_view> comma_parts(std::string_view text);
/// The form in which text compares: Unicode case folding after NFC, so that "ÉTÉ" equals "été".
[[nodiscard]] std::string case_folded(std::string_view text);
/// Case folded and without marks: "été" gives "ete". For search.
[[nodiscard]] std::string search_folded(std::string_view text);
/// The distinct words of a text for search: search_folded runs of letters and digits, at most 64
/// bytes each; an address gives its parts as well as itself. Sorted.
[[nodiscard]] std::vector<std::string> search_words(std::string_view text);

/// The form in which addresses match: trimmed, lower case.
[[nodiscard]] std::string normal_email(std::string_view written);
/// Something@domain without spaces, at most 254 bytes (RFC 5321): meant to catch slips.
[[nodiscard]] bool looks_like_email(std::string_view text);
/// The form in which phone numbers match: `+` and digits (ITU-T E.164) where the number is
/// international (`+` or `00`) or `region`'s country code is known, else the bare digits.
/// Extensions are dropped. Empty when there is no digit.
[[nodiscard]] std::string normal_phone(std::string_view written, std::string_view region = "");
/// The forms in which part of a number stands in matching forms: its digits as they are dialled,
/// and where it is how an international number or one of `region` begins, `+` and the digits behind
/// that. Empty when there is no digit.
[[nodiscard]] std::vector<std::string> phone_parts(std::string_view written,
                                                   std::string_view region = "");

} // namespace throughline
