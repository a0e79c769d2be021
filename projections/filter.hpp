#pragma once
#include "domain/json.hpp"
#include "domain/query.hpp"
#include "domain/record/kind.hpp"
#include "domain/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

enum class FilterOp { eq, ne, gt, gte, lt, lte, in, contains, starts_with, exists };

/// One condition on a column of a list, its values already in the form in which they compare. Any
/// of several is enough; for `ne` none may be equal.
struct Filter {
    std::string field;        // declared field, id, created_at, updated_at or version
    std::string metadata_key; // filter[metadata.key]
    FilterOp op = FilterOp::eq;
    std::vector<std::string> values;
};

struct SortKey {
    std::string field;
    bool descending = false;
};

/// What a list is asked for.
struct ListRequest {
    std::vector<Filter> filters;
    std::vector<SortKey> sort; // the id is always the last key
    std::vector<std::string> fields;
    std::vector<std::string> words; // of q=, search_folded; the last may be a prefix
    bool finds_nothing = false;     // q= has no word, yet is not blank
    std::size_t limit = 50;
    std::string cursor;
    bool count = false;
    std::optional<std::int64_t> as_of = {}; // the list as it stood at this position
};

/// Reads limit, cursor, sort, fields, q, count, filter[…] of a list of `kind`. An unknown
/// parameter, filter or sort field is 400 (unknown_parameter); a known one with a wrong value 422.
[[nodiscard]] Result<ListRequest> read_list_request(const Kind& kind, const QueryParameters& query);

/// The filter of a body, {"status": "new", "value": {"gte": 10}}, which means what the query's
/// does; a list means `in`. Faults are 422 and stand under `pointer`.
[[nodiscard]] Result<std::vector<Filter>> read_filter_body(const Kind& kind, const JsonObject& body,
                                                           const std::string& pointer);

} // namespace throughline
