#pragma once
#include "domain/record/kind.hpp"

#include <string>
#include <string_view>

namespace throughline {

/// A customer of the server: stream `tenant/<tenant id>` in that tenant, with what it sets. An
/// unset field stands for its initial value.
[[nodiscard]] Kind tenant_kind();

/// ASCII lower case, every other run of characters a dash: "Łódź & Sons Ltd." gives "d-sons-ltd".
/// "tenant" where nothing is left; at most 48 characters, so that "-2" fits.
[[nodiscard]] std::string slug_from(std::string_view name);
/// 1 to 63 of a-z, 0-9 and inner dashes, and not the form of an id.
[[nodiscard]] bool is_slug(std::string_view text);

} // namespace throughline
