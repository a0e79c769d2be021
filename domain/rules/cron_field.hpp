#pragma once
#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace throughline::rules {

struct CronField {
    std::bitset<60> allowed;
    bool any = false; // `*`, `?`, or `*/n` of a field that counts time
};

/// Reads field 0 (second) to 5 (day of week); else says what is wrong.
[[nodiscard]] std::variant<CronField, std::string> read_cron_field(std::size_t field,
                                                                   std::string_view text);
/// `1h30m`, `45s`, `2d`: at least a second, at most a year.
[[nodiscard]] std::optional<std::chrono::seconds> read_duration(std::string_view text);

} // namespace throughline::rules
