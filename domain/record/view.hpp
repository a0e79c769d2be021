#pragma once
#include "domain/record/change.hpp"
#include "domain/record/state_members.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// The name of a referenced record, or nothing: `organization` beside `organization_id`.
using NameOf = std::function<std::string_view(std::string_view kind, const Uuid& id)>;

/// The ids that a record refers to, whose names stand beside them.
void collect_references(const Kind& kind, StateMembers& state, std::vector<StreamKey>& into);
/// The same of a state as `state_text` wrote it.
void collect_references(const Kind& kind, std::string_view state, std::vector<StreamKey>& into);

/// Appends the record as the API answers it: id, version, fields with names beside references,
/// created_at, updated_at. With `fields` not empty only those, and id and version always. The
/// values are taken over as the state has them; a field that is younger than the state is empty.
void append_record_json(std::string& to, const Kind& kind, const Uuid& id, std::int64_t version,
                        StateMembers& state, const NameOf& name_of,
                        const std::vector<std::string>& fields = {});
/// Of a state as `state_text` wrote it.
[[nodiscard]] std::string record_json(const Kind& kind, const Uuid& id, std::int64_t version,
                                      std::string_view state, const NameOf& name_of,
                                      const std::vector<std::string>& fields = {});

} // namespace throughline
