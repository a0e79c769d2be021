#pragma once

namespace throughline {

/// The status that a lead has from its conversion on.
inline constexpr const char* converted_status = "converted";

} // namespace throughline
