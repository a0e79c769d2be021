#pragma once
#include "domain/record/change.hpp"
#include "domain/record/view.hpp"

#include <string>
#include <vector>

namespace throughline {

/// Columns of a CSV export: id, the fields with the name beside each reference, created_at,
/// updated_at. Read back, its headers are our field names.
[[nodiscard]] std::vector<std::string> export_columns(const Kind& kind);
/// The record's row: lists joined by ";", or as a JSON array where an item holds what separates
/// items; metadata as JSON, unset fields empty.
[[nodiscard]] std::string export_csv_row(const Kind& kind, const Uuid& id, const Record& record,
                                         const NameOf& name_of);

} // namespace throughline
