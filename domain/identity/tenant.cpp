#include "domain/identity/tenant.hpp"

#include "domain/id.hpp"

#include <algorithm>

namespace throughline {

namespace {

constexpr std::size_t max_made_slug = 48;
constexpr std::size_t max_slug = 63;

bool is_slug_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

} // namespace

Kind tenant_kind() {
    return {
        "tenant", "tenants", {text("name").required(), text("slug").required().at_most(max_slug)}};
}

std::string slug_from(std::string_view name) {
    std::string slug;
    for (char c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (is_slug_letter(c))
            slug += c;
        else if (!slug.empty() && slug.back() != '-')
            slug += '-';
    }
    slug.resize(std::min(slug.size(), max_made_slug));
    while (!slug.empty() && slug.back() == '-') slug.pop_back();
    return is_slug(slug) ? slug : "tenant";
}

bool is_slug(std::string_view text) {
    return !text.empty() && text.size() <= max_slug && text.front() != '-' && text.back() != '-' &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_slug_letter(c) || c == '-'; }) &&
           !parse_uuid(text);
}

} // namespace throughline
