#include "api/routes/duplicates.hpp"

#include "api/openapi.hpp"
#include "api/routes/parameters.hpp"
#include "domain/schema_words.hpp"

#include <fmt/format.h>

namespace throughline {
namespace {

Result<Response> show(const Kind& kind, Duplicates& duplicates, const Request& request) {
    const auto wanted = read_offset(request); // its limit and cursor
    if (!wanted) return wanted.error();
    const auto page = duplicates.page(request.principal->tenant_id, request.principal->caller(),
                                      kind, wanted->limit, wanted->cursor);
    if (!page) return page.error();
    JsonArray items;
    for (const DuplicateGroup& group : page->groups) {
        JsonArray ids;
        for (const Uuid& id : group.ids) ids.emplace_back(to_string(id));
        items.push_back(
            JsonObject{{"ids", std::move(ids)},
                       {"score", JsonNumber{fmt::format("{:.4g}", group.score)}},
                       {"reasons", JsonArray(group.reasons.begin(), group.reasons.end())}});
    }
    const auto count = [&] {
        return duplicates
            .page(request.principal->tenant_id, request.principal->caller(), kind, most_counted + 1,
                  {})
            ->groups.size();
    };
    return list_response(wanted->limit, std::move(items), page->next ? Json(*page->next) : Json(),
                         total_of(request, count));
}

} // namespace

Routes duplicate_routes(const Registry& registry, Duplicates& duplicates) {
    Routes routes;
    for (const Kind& kind : registry.kinds()) {
        if (!has_duplicates(kind)) continue;
        Route& route = routes.emplace_back();
        route.method = "GET";
        route.path = "/" + kind.plural + "/duplicates";
        route.summary = "Groups of " + kind.plural + " that may be one and the same";
        route.tag = kind.plural;
        route.permission = Permission::records_read;
        route.query = page_parameters();
        route.answers = {{200, "By email first, then by phone, then by name.", "DuplicatePage"}};
        route.projection = "list_" + kind.name;
        route.handler = [&kind, &duplicates](const Request& request) {
            return show(kind, duplicates, request);
        };
    }
    return routes;
}

JsonObject duplicate_components() {
    const Json ids = JsonObject{{"type", "array"},
                                {"description", "The oldest first, at most 100."},
                                {"items", formatted("uuid")}};
    const Json score = JsonObject{
        {"type", "number"},
        {"exclusiveMinimum", 0},
        {"maximum", 1},
        {"description", "1 - (1 - w)(1 - w)… of the reasons: email 0.9, phone 0.8, name 0.6 (0.4 "
                        "where an organization could be known and is not)."}};
    const Json reasons = array_of(typed("string"));
    const Json item = object_of({{"ids", ids}, {"score", score}, {"reasons", reasons}},
                                {"ids", "score", "reasons"});
    return {{"DuplicateGroup", item}, {"DuplicatePage", list_schema("DuplicateGroup")}};
}

} // namespace throughline
