#include "domain/search_query.hpp"

#include "domain/text.hpp"
#include "domain/utf8.hpp"

#include <unicode/uchar.h>

#include <algorithm>
#include <utility>

namespace throughline {

namespace {

constexpr std::size_t most_shown = 200;  // bytes, about as many characters
constexpr std::size_t shown_before = 60; // bytes before the first found word

struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
};

bool is_of_a_word(std::int32_t c) { return u_isalnum(c) || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0; }

/// Where the words of a text stand, by the rule of search_words.
std::vector<Range> words_in(std::string_view text) {
    std::vector<Range> words;
    bool is_within = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t before = at;
        const bool belongs = is_of_a_word(code_point_at(text, at));
        if (belongs && !is_within) words.push_back({before, before});
        if (belongs) words.back().end = at;
        is_within = belongs;
    }
    return words;
}

/// `looked_for` may hold addresses, of which a text's word is one part.
bool is_found(const std::string& word, const std::vector<std::string>& looked_for) {
    const auto same = [&](const std::string& wanted) {
        return wanted.find('@') == std::string::npos
                   ? wanted == word
                   : std::ranges::binary_search(search_words(wanted), word);
    };
    return word.starts_with(looked_for.back()) || std::ranges::any_of(looked_for, same);
}

std::vector<Range> found_in(std::string_view text, const std::vector<std::string>& looked_for) {
    std::vector<Range> found = words_in(text);
    std::erase_if(found, [&](const Range& word) {
        return !is_found(search_folded(text.substr(word.begin, word.end - word.begin)), looked_for);
    });
    return found;
}

void append_escaped(std::string& html, std::string_view text) {
    for (const char c : text) switch (c) {
        case '&': html += "&amp;"; break;
        case '<': html += "&lt;"; break;
        case '>': html += "&gt;"; break;
        case '"': html += "&quot;"; break;
        case '\'': html += "&#39;"; break;
        default: html += c;
        }
}

bool is_inside_character(std::string_view text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u;
}

/// The part around a word that is shown, cut between characters and where it can be at a space.
Range part_around(std::string_view text, const Range& word) {
    if (text.size() <= most_shown) return {0, text.size()};
    Range part{word.begin > shown_before ? word.begin - shown_before : 0, 0};
    if (part.begin > 0) {
        const auto space = text.substr(0, word.begin).find(' ', part.begin);
        if (space != std::string_view::npos) part.begin = space + 1;
        while (is_inside_character(text, part.begin)) ++part.begin;
    }
    part.end = std::min(text.size(), std::max(part.begin + most_shown, word.end));
    if (part.end < text.size()) {
        const auto space = text.rfind(' ', part.end);
        if (space != std::string_view::npos && space >= word.end) part.end = space;
        while (is_inside_character(text, part.end)) --part.end;
    }
    return part;
}

} // namespace

std::vector<std::string> query_words(std::string_view text) {
    const std::string folded = trimmed(search_folded(text));
    const auto last_space = folded.find_last_of(" \t\n");
    const std::string_view last_chunk = std::string_view(folded).substr(last_space + 1);
    const std::vector<std::string> candidates = search_words(last_chunk);
    if (candidates.empty()) return search_words(folded);
    const auto ends_earlier = [&](const std::string& a, const std::string& b) {
        const auto end = [&](const std::string& word) {
            return last_chunk.rfind(word) + word.size();
        };
        return std::pair(end(a), a.size()) < std::pair(end(b), b.size());
    };
    const std::string last = *std::ranges::max_element(candidates, ends_earlier);
    std::vector<std::string> words =
        search_words(std::string_view(folded).substr(0, last_space + 1));
    for (const std::string& word : candidates)
        if (last.find(word) == std::string::npos) words.push_back(word);
    words.push_back(last);
    return words;
}

std::optional<std::string> highlighted(std::string_view text,
                                       const std::vector<std::string>& words) {
    if (words.empty()) return std::nullopt;
    const std::vector<Range> found = found_in(text, words);
    if (found.empty()) return std::nullopt;
    const Range part = part_around(text, found.front());
    std::string html = part.begin > 0 ? "…" : "";
    std::size_t shown = part.begin;
    for (const Range& word : found) {
        if (word.end > part.end) break;
        append_escaped(html, text.substr(shown, word.begin - shown));
        html += marked(text.substr(word.begin, word.end - word.begin));
        shown = word.end;
    }
    append_escaped(html, text.substr(shown, part.end - shown));
    if (part.end < text.size()) html += "…";
    return html;
}

std::string marked(std::string_view text) {
    std::string html = "<mark>";
    append_escaped(html, text);
    return html + "</mark>";
}

} // namespace throughline
