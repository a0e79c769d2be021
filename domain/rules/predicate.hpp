#pragma once
#include "domain/rules/value.hpp"

#include <span>

namespace date {
class time_zone;
}

namespace throughline::rules {

/// What conditions ask of a field, beside JsonLogic's own operators. They never fail: where values
/// have no order, or null is compared, the answer is false. A number equals and compares with the
/// text that writes it; two RFC 3339 times are compared as such, other texts as texts.
enum class Predicate : std::uint8_t {
    equals, // the same, arrays and objects by what is in them
    not_equals,
    contains, // a member of an array, a part of a text
    not_contains,
    is_in, // contains, the other way round
    not_in,
    gt,
    gte,
    lt,
    lte,
    between, // from and to included: two values, or an array of two
    starts_with,
    ends_with,
    older_than, // a time or a date (its midnight), a number of seconds, and the time it is now
};

/// Days begin in the zone, or in UTC where that is nullptr.
[[nodiscard]] bool holds(Predicate predicate, std::span<const Value> values,
                         const date::time_zone* zone);

} // namespace throughline::rules
