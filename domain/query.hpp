#pragma once
#include <string>
#include <utility>
#include <vector>

namespace throughline {

/// Decoded query parameters in the order given.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

} // namespace throughline
