#include "api/query_check.hpp"
#include "api/routes/list_parameters.hpp"
#include "api/url.hpp"
#include "domain/text.hpp"
#include "projections/list_columns.hpp"
#include "projections/list_condition.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

namespace throughline::fuzz {
namespace {

bool reads_as_number(const std::string& value) {
    const auto read = read_json(value);
    const Json* const json = std::get_if<Json>(&read);
    return json != nullptr && json->number() != nullptr;
}

/// The filter with harmless values of the same shape.
Filter harmless(Filter filter) {
    if (!filter.metadata_key.empty()) filter.metadata_key = "key";
    for (std::string& value : filter.values)
        if (filter.op != FilterOp::exists) value = reads_as_number(value) ? "7" : "value";
    return filter;
}

void check_sql(const std::string& sql) {
    demand(std::ranges::count(sql, '\'') % 2 == 0, "quotes of a condition are closed");
    demand(std::ranges::none_of(
               sql, [](char c) { return c < ' ' || c > '~' || c == ';' || c == '\\'; }) &&
               sql.find("--") == std::string::npos && sql.find("/*") == std::string::npos,
           "a condition holds nothing that ends or hides a statement");
}

void check_request(const Kind& kind, const ListRequest& request) {
    demand(request.limit >= 1 && request.limit <= 200, "a page has 1 to 200 items");
    demand(request.sort.size() <= list_columns(kind).size(), "a field sorts once");
    for (const SortKey& key : request.sort)
        demand(list_column(kind, key.field).has_value(), "one sorts by columns");
    for (const Filter& filter : request.filters) {
        SqlParameters parameters;
        SqlParameters others;
        const std::string sql = filter_condition(kind, filter, parameters);
        check_sql(sql);
        demand(sql == filter_condition(kind, harmless(filter), others),
               "a condition's SQL does not depend on the values");
        for (const std::string& value : parameters.values())
            demand(is_valid_utf8(value), "a parameter is text that a database takes");
    }
    for (const std::string& word : request.words)
        demand(!word.empty() && word.size() <= 64 && is_valid_utf8(word), "words are short text");
    SqlParameters parameters;
    if (!request.words.empty()) check_sql(words_condition(request.words, parameters));
}

/// The first byte: the kind. Then a request target, /api/contacts?….
void run(std::string_view input) {
    static const Registry registry = standard_registry();
    Input from(input);
    const Kind& kind = registry.kinds().at(from.choice(registry.kinds().size()));
    const auto query = read_query(split_target(from.rest()).query);
    if (!query) return;
    Route route;
    route.query = list_parameters(kind);
    if (const auto refused = check_query(route, *query)) demand_lawful(*refused);
    const auto request = read_list_request(kind, *query);
    if (request)
        check_request(kind, *request);
    else
        demand_lawful(request.error());
}

const Target target("query", run);

} // namespace
} // namespace throughline::fuzz
