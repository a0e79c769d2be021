#pragma once

namespace throughline {

// The stages that close a deal; every pipeline has both.
inline constexpr const char* won_stage = "won";
inline constexpr const char* lost_stage = "lost";

} // namespace throughline
