#include "api/session/if_match.hpp"

#include <algorithm>
#include <charconv>

namespace throughline {

namespace {

/// One tag and what follows it.
struct Tag {
    std::string_view text;
    bool is_weak = false;
    bool is_quoted = false;
};

std::optional<std::int64_t> version_of(std::string_view text) {
    std::int64_t version = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (error != std::errc{} || std::to_string(version) != text) return std::nullopt;
    return version;
}

/// Takes one tag off a list; nothing where there is none.
std::optional<Tag> take_tag(std::string_view& list) {
    Tag tag;
    if (list.starts_with("W/\"")) {
        tag.is_weak = true;
        list.remove_prefix(2);
    }
    tag.is_quoted = list.starts_with('"');
    const auto end = tag.is_quoted ? list.find('"', 1) : list.find_first_of(", \t");
    if (tag.is_quoted && end == std::string_view::npos) return std::nullopt;
    tag.text = tag.is_quoted ? list.substr(1, end - 1) : list.substr(0, end);
    list.remove_prefix(std::min(list.size(), tag.is_quoted ? end + 1 : end));
    if (!tag.is_quoted && tag.text != "*" && !version_of(tag.text)) return std::nullopt;
    list.remove_prefix(std::min(list.size(), list.find_first_not_of(" \t")));
    return list.empty() || list.front() == ',' ? std::optional(tag) : std::nullopt;
}

std::optional<std::vector<Tag>> read_tags(const Request& request) {
    std::vector<Tag> tags;
    for (const auto& [name, value] : request.headers) {
        if (name != "if-match") continue;
        std::string_view list = value;
        for (;;) {
            list.remove_prefix(std::min(list.size(), list.find_first_not_of(", \t")));
            if (list.empty()) break;
            const auto tag = take_tag(list);
            if (!tag) return std::nullopt;
            tags.push_back(*tag);
        }
        if (tags.empty()) return std::nullopt;
    }
    return tags;
}

} // namespace

Result<std::optional<std::vector<std::int64_t>>> read_if_match(const Request& request) {
    const auto tags = read_tags(request);
    const bool takes_any = tags && std::ranges::any_of(*tags, [](const Tag& tag) {
                               return !tag.is_quoted && tag.text == "*";
                           });
    if (!tags || (takes_any && tags->size() > 1))
        return Rejection{Refusal::malformed,
                         "If-Match takes * or ETags of the record, such as \"3\"."};
    if (takes_any || tags->empty()) return std::optional<std::vector<std::int64_t>>();
    std::vector<std::int64_t> versions;
    for (const Tag& tag : *tags)
        if (const auto version = version_of(tag.text); version && !tag.is_weak)
            versions.push_back(*version);
    return std::optional(std::move(versions));
}

} // namespace throughline
