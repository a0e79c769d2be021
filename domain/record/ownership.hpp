#pragma once
#include "domain/identity/caller.hpp"
#include "domain/record/change.hpp"

#include <string_view>
#include <vector>

namespace throughline {

/// The fields that say whose a record is: its owner, its assignee. None: it is everybody's.
[[nodiscard]] std::vector<const Field*> owner_fields(const Kind& kind);

/// What a record is to somebody, by its fields or by its state as `state_text` wrote it.
[[nodiscard]] Bond bond_to(const Uuid& user, const Kind& kind, const JsonObject& fields);
[[nodiscard]] Bond bond_to(const Uuid& user, const Kind& kind, std::string_view state);

/// Whether the caller sees a record of the present `state`, or whatever else a stream is.
[[nodiscard]] bool sees(const Caller& caller, const Kind& kind, std::string_view state);
[[nodiscard]] bool sees(const Caller& caller, const Registry& registry, std::string_view kind,
                        std::string_view state);

} // namespace throughline
