#pragma once
#include "api/router.hpp"

#include <optional>
#include <string_view>

namespace throughline {

/// "contacts" of "/contacts/{id}".
[[nodiscard]] std::string_view first_segment(std::string_view path);

/// Why an API key does not open this route, if so: it is out of the key's scopes, or takes a
/// person. Nothing for people.
[[nodiscard]] std::optional<Rejection> fault_of_scope(const Principal& caller, const Route& route);

/// Why the caller may not give a key the role among these fields: it is above theirs.
[[nodiscard]] std::optional<Rejection> fault_of_role(const Principal& caller,
                                                     const JsonObject& fields);

} // namespace throughline
