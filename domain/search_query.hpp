#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// The words somebody looks for, search_folded: those that are complete, and last the one that may
/// still be under way. Of an address under way only the whole is kept: its parts may be under way
/// too.
[[nodiscard]] std::vector<std::string> query_words(std::string_view text);

/// What of a text is shown where it was found: HTML, the found words in <mark>, everything else
/// escaped. Of a text over 200 characters the part around the first of them, with … where it was
/// cut. Nothing where none of `words` (as query_words gives them) is in it.
[[nodiscard]] std::optional<std::string> highlighted(std::string_view text,
                                                     const std::vector<std::string>& words);

/// All of a text as one found word.
[[nodiscard]] std::string marked(std::string_view text);

} // namespace throughline
