#pragma once
#include "domain/json.hpp"
#include "domain/record/kind.hpp"

#include <string_view>

namespace throughline {

inline constexpr std::string_view erased_text = "[erased]"; // of a personal text that is required

/// What stands in the personal fields of a record once it is erased; empty where the kind has none.
[[nodiscard]] JsonObject blanks_of(const Kind& kind);

/// Whether anything of its records may be blanked.
[[nodiscard]] bool can_be_erased(const Kind& kind);

/// An event's data with the blanks in place of the fields of their names, also before and after a
/// change. As the database's function `blanked` does it.
[[nodiscard]] JsonObject blanked(const JsonObject& data, const JsonObject& blanks);

/// Whether this is the event that says so: `contact.erased`. Its data: {"after": the blanks}.
[[nodiscard]] bool is_erasure(std::string_view event_type);

} // namespace throughline
