#include "projections/list_scope.hpp"

#include "projections/list_condition.hpp"
#include "projections/past_list.hpp"
#include "projections/visibility.hpp"

namespace throughline {

std::string list_scope(const Uuid& tenant, const Caller& caller, const Kind& kind,
                       const ListRequest& request, SqlParameters& parameters) {
    std::string where = "tenant_id = " + parameters.add(to_string(tenant)) + "::uuid";
    for (const Filter& filter : request.filters)
        where += " and " + filter_condition(kind, filter, parameters);
    if (!request.words.empty()) where += " and " + words_condition(request.words, parameters);
    if (request.finds_nothing) where += " and false";
    const std::string seen = request.as_of ? seen_past_rows(caller, kind, parameters)
                                           : seen_rows(caller, kind, parameters);
    if (!seen.empty()) where += " and " + seen;
    return where;
}

} // namespace throughline
