#include "api/routes/search.hpp"

#include "api/openapi.hpp"
#include "api/routes/parameters.hpp"
#include "domain/schema_words.hpp"
#include "domain/search_query.hpp"
#include "domain/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace throughline {
namespace {

constexpr std::size_t most_query_characters = 255;

/// Kinds by singular or plural name, comma separated; each once.
Result<std::vector<std::string>> read_kinds(const Registry& registry, const Request& request) {
    std::vector<std::string> kinds;
    const std::string text(request.parameter("types").value_or(""));
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string name = case_folded(trimmed(text.substr(begin, end - begin)));
        const Kind* const kind = registry.find(name);
        if (kind == nullptr)
            return wrong_parameter("types", "invalid_choice",
                                   "There is no kind of record called that: contact, deal, ….");
        kinds.push_back(kind->name);
        begin = end + 1;
    }
    std::ranges::sort(kinds);
    const auto repeated = std::ranges::unique(kinds);
    kinds.erase(repeated.begin(), repeated.end());
    return kinds;
}

Result<std::vector<std::string>> read_words(const Request& request) {
    const auto text = request.parameter("q");
    if (!text) return wrong_parameter("q", "required", "The words to find.");
    if (!is_valid_utf8(*text))
        return wrong_parameter("q", "invalid_format", "The value is not UTF-8.");
    if (length_in_characters(*text) > most_query_characters)
        return wrong_parameter("q", "too_large", "At most 255 characters.");
    return query_words(*text);
}

Result<SearchRequest> read_search(const Registry& registry, const Request& request) {
    auto words = read_words(request);
    if (!words) return words.error();
    auto kinds = read_kinds(registry, request);
    if (!kinds) return kinds.error();
    const auto from = read_moment(request, "from", false);
    if (!from) return from.error();
    const auto to = read_moment(request, "to", true);
    if (!to) return to.error();
    const auto page = read_offset(request); // its limit and cursor
    if (!page) return page.error();
    SearchRequest wanted{std::move(*words), std::move(*kinds), {}, *from, *to,
                         page->limit,       page->cursor};
    if (const auto user = request.parameter("user_id")) {
        wanted.user = parse_uuid(*user);
        if (!wanted.user) return wrong_parameter("user_id", "invalid_format", "It is not a UUID.");
    }
    return wanted;
}

Response shown(const SearchRequest& wanted, const SearchPage& page, Total total) {
    JsonArray items;
    for (const SearchHit& hit : page.hits)
        items.push_back(JsonObject{{"type", hit.record.kind},
                                   {"id", to_string(hit.record.id)},
                                   {"title", hit.title},
                                   {"highlights", hit.highlights},
                                   {"score", JsonNumber{fmt::format("{:.4g}", hit.score)}},
                                   {"updated_at", to_rfc3339(hit.updated_at)}});
    return list_response(wanted.limit, std::move(items), page.next ? Json(*page.next) : Json(),
                         total);
}

std::vector<Parameter> search_parameters() {
    std::vector<Parameter> parameters{
        {"q", JsonObject{{"type", "string"}, {"maxLength", most_query_characters}},
         "Words to find, all of them, without case and accents; the last may be a beginning.",
         true},
        {"types", typed("string"), "Only these kinds of record, comma separated: contact,deal."},
        {"user_id", formatted("uuid"), "Only records that this person owns or is assigned to."},
        {"from", moment_schema(), "Last changed from this time or day on."},
        {"to", moment_schema(), "Last changed before this time, or to the end of this day."}};
    std::ranges::move(page_parameters(), std::back_inserter(parameters));
    return parameters;
}

} // namespace

Routes search_routes(const Registry& registry, Search& search) {
    Route route;
    route.method = "GET";
    route.path = "/search";
    route.summary = "Find records of all kinds by words";
    route.tag = "search";
    route.permission = Permission::records_read;
    route.query = search_parameters();
    route.answers = {
        {200, "Best first; of more than 10,000 the 1,000 changed last.", "SearchPage"}};
    route.projection = "search";
    route.handler = [&registry, &search](const Request& request) -> Result<Response> {
        const auto wanted = read_search(registry, request);
        if (!wanted) return wanted.error();
        const Principal& caller = *request.principal;
        const auto page = search.page(caller.tenant_id, caller.caller(), *wanted);
        if (!page) return page.error();
        return shown(*wanted, *page, total_of(request, [&] {
            return search.count(caller.tenant_id, caller.caller(), *wanted, most_counted + 1);
        }));
    };
    return {std::move(route)};
}

JsonObject search_components() {
    const Json highlights = JsonObject{
        {"type", "object"},
        {"description", "By field: what of it was found, as HTML with the words in <mark>."},
        {"additionalProperties", typed("string")}};
    const Json score = JsonObject{
        {"type", "number"},
        {"exclusiveMinimum", 0},
        {"maximum", 1},
        {"description", "A word counts 4 in the title and 3 in another field; where the last is "
                        "only the beginning of one, each counts 2 and 1. The share of 4 for each "
                        "word."}};
    const Json item = object_of({{"type", typed("string")},
                                 {"id", formatted("uuid")},
                                 {"title", typed("string")},
                                 {"highlights", highlights},
                                 {"score", score},
                                 {"updated_at", formatted("date-time")}},
                                {"type", "id", "title", "highlights", "score", "updated_at"});
    return {{"SearchHit", item}, {"SearchPage", list_schema("SearchHit")}};
}

} // namespace throughline
