#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// How far the total of any list is counted exactly.
inline constexpr std::int64_t most_counted = 10'000;

/// A page of an offset list, newest first.
struct OffsetPage {
    std::vector<std::string> items; // each one JSON text
    std::int64_t total = 0;         // exact to most_counted
    bool total_capped = false;
    std::optional<std::string> next; // cursor
};
struct OffsetRequest {
    std::size_t limit = 50;
    std::size_t offset = 0;
    std::string cursor = {}; // wins over offset
};

} // namespace throughline
