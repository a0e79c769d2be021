#pragma once
#include "domain/record/kind.hpp"
#include "handlers/bulk/bulk_changes.hpp"

#include <optional>

namespace throughline {

/// The body of a bulk request: the records by id or by a filter.
struct BulkForm {
    BulkChange change;
    std::optional<JsonObject> filter; // instead of the ids
};

/// Every fault is told, those of the changes below /changes; a choice that some records may still
/// have is no fault here, but judged for each. Without a kind the fields of the changes are taken
/// as they are.
[[nodiscard]] Result<BulkForm> read_bulk_form(const Kind* kind, const Json& body);

/// Component schemas of the body and of the answer.
[[nodiscard]] JsonObject bulk_components();

} // namespace throughline
