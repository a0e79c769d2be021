#pragma once
#include "domain/record/change.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// The name of a referenced record, or nothing: `organization` beside `organization_id`.
using NameOf = std::function<std::string_view(std::string_view kind, const Uuid& id)>;

/// The ids that a record refers to, whose names stand beside them.
void collect_references(const Kind& kind, const Record& record, std::vector<StreamKey>& into);

/// The record as the API answers it: id, version, fields with names beside references, created_at,
/// updated_at. With `fields` not empty only those, and id and version always.
[[nodiscard]] std::string record_json(const Kind& kind, const Uuid& id, const Record& record,
                                      const NameOf& name_of,
                                      const std::vector<std::string>& fields = {});

} // namespace throughline
