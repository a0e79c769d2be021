#include "api/url.hpp"

#include "domain/text.hpp"

#include <algorithm>

namespace throughline {

namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

} // namespace

RequestTarget split_target(std::string_view target) {
    bool has_path = true;
    if (!target.starts_with('/')) {
        const auto scheme = target.find("://");
        if (scheme != std::string_view::npos) {
            const auto end = target.find_first_of("/?#", scheme + 3); // of the authority
            target = target.substr(std::min(end, target.size()));
            has_path = target.starts_with('/');
        }
    }
    target = target.substr(0, target.find('#'));
    const auto mark = std::min(target.find('?'), target.size());
    return {has_path ? target.substr(0, mark) : std::string_view("/"),
            target.substr(std::min(mark + 1, target.size()))};
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = high < 0 ? -1 : hex_value(text[i + 2]);
            if (low < 0) return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return is_valid_utf8(out) ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<QueryParameters> read_query(std::string_view query) {
    QueryParameters out;
    while (!query.empty()) {
        const std::string_view part = query.substr(0, query.find('&'));
        query.remove_prefix(part.size() + (part.size() < query.size() ? 1 : 0));
        if (part.empty()) continue;
        const auto equals = part.find('=');
        auto name = percent_decoded(part.substr(0, equals), true);
        auto value = percent_decoded(
            equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1), true);
        if (!name || !value) return std::nullopt;
        out.emplace_back(std::move(*name), std::move(*value));
    }
    return out;
}

} // namespace throughline
