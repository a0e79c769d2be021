#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// How many requests a minute. The first five are a tenant's; calendar, ai and ics have no routes
/// yet.
struct RequestQuotas {
    std::int64_t automation = 20;
    std::int64_t calendar = 20;
    std::int64_t ai = 10;
    std::int64_t ics = 5;
    std::int64_t rest = 6000;
    std::int64_t user = 0;     // of rest, while others of the tenant call too; 0: half of it
    std::int64_t address = 60; // of one address without a token
    bool are_kept = true;      // false: off

    [[nodiscard]] std::int64_t of_user() const {
        return user > 0 ? user : rest / 2 > 0 ? rest / 2 : 1;
    }
    bool operator==(const RequestQuotas&) const = default;
};

/// Takes THROUGHLINE_RATE_LIMITS: `off`, or pairs such as ai=100,rest=20000 that override some.
/// Answers what is wrong with it, or nothing.
[[nodiscard]] std::optional<std::string> read_request_quotas(std::string_view text,
                                                             RequestQuotas& into);

} // namespace throughline
