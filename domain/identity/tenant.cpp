#include "domain/identity/tenant.hpp"

#include "domain/id.hpp"
#include "domain/identity/tenant_rules.hpp"
#include "domain/text.hpp"

#include <algorithm>

namespace throughline {

namespace {

constexpr std::size_t max_made_slug = 48;
constexpr std::size_t max_slug = 63;

bool is_slug_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

} // namespace

Kind tenant_kind() {
    Kind kind{"tenant",
              "tenants",
              {
                  text("name").required(),
                  own("slug", slug_rules()).required(),
                  text("timezone").at_most(64).initially("UTC"),
                  own("default_region", region_rules()),
                  own("currency", currency_rules()).initially("USD"),
                  choice("record_visibility", {"tenant", "own"}).initially("tenant"),
                  own("http_allowlist", allowlist_rules()).initially(JsonArray{}),
                  own("high_value_threshold", amount_rules()).initially(10000),
                  own("pipeline_stages", pipeline_rules()).initially(standard_pipeline()),
              }};
    kind.events = {"created", "updated"};
    return kind;
}

std::string slug_from(std::string_view name) {
    std::string slug;
    for (const char c : ascii_lower(name)) {
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
