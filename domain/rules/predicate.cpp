#include "domain/rules/predicate.hpp"

#include "domain/rules/coerce.hpp"
#include "domain/rules/container.hpp"
#include "domain/time.hpp"

#include <date/tz.h>

#include <algorithm>

namespace throughline::rules {

namespace {

std::optional<Time> read_moment(const Value& value) {
    constexpr std::string_view shortest = "2026-03-01T10:00:00Z";
    if (value.kind != ValueKind::text || value.size < shortest.size()) return std::nullopt;
    return parse_rfc3339(value.view());
}

/// Of two times.
std::optional<int> order_of_moments(const Value& left, const Value& right) {
    const auto first = read_moment(left);
    const auto second = first ? read_moment(right) : std::nullopt;
    if (!second) return std::nullopt;
    return *first < *second ? -1 : *first > *second ? 1 : 0;
}

/// A number where one of the two is a number and the other writes one.
std::optional<int> order(const Value& left, const Value& right) {
    if (left.is_null() || right.is_null()) return std::nullopt;
    if (left.is_container() || right.is_container()) return std::nullopt;
    if (const auto found = order_of_moments(left, right)) return found;
    return compared(left, right);
}

bool is_equal(const Value& left, const Value& right) {
    if (left.kind == right.kind || left.is_null() || right.is_null())
        return is_same(left, right) || order_of_moments(left, right) == 0;
    const bool has_number = left.kind == ValueKind::number || right.kind == ValueKind::number;
    const bool has_text = left.kind == ValueKind::text || right.kind == ValueKind::text;
    return has_number && has_text && compared(left, right) == 0;
}

bool has(const Value& all, const Value& one) {
    if (all.kind == ValueKind::text)
        return one.kind == ValueKind::text && all.view().find(one.view()) != std::string_view::npos;
    if (all.kind != ValueKind::array) return false;
    for (std::uint32_t i = 0; reaches(*all.container, i); ++i)
        if (is_equal(entry(*all.container, i), one)) return true;
    return false;
}

bool is_between(const Value& value, const Value& from, const Value& to) {
    const auto above = order(value, from);
    const auto below = order(value, to);
    return above && below && *above >= 0 && *below <= 0;
}

bool is_between(std::span<const Value> values) {
    if (values.size() == 3) return is_between(values[0], values[1], values[2]);
    if (values[1].kind != ValueKind::array || size_of(*values[1].container) != 2) return false;
    return is_between(values[0], entry(*values[1].container, 0), entry(*values[1].container, 1));
}

bool are_texts(const Value& left, const Value& right) {
    return left.kind == ValueKind::text && right.kind == ValueKind::text;
}

Time midnight(std::chrono::year_month_day day, const date::time_zone* zone) {
    const std::chrono::sys_days utc(day);
    if (zone == nullptr) return utc;
    return zone->to_sys(date::local_days(utc.time_since_epoch()), date::choose::earliest);
}

std::optional<Time> read_time(const Value& value, const date::time_zone* zone) {
    if (value.kind != ValueKind::text) return std::nullopt;
    if (const auto day = parse_date(value.view())) return midnight(*day, zone);
    return read_moment(value);
}

bool is_older(const Value& value, const Value& seconds, const Value& now,
              const date::time_zone* zone) {
    const auto then = read_time(value, zone);
    const auto at = read_time(now, zone);
    const auto age = to_number(seconds);
    return then && at && age && std::chrono::duration<double>(*at - *then).count() > *age;
}

} // namespace

bool holds(Predicate predicate, std::span<const Value> values, const date::time_zone* zone) {
    const Value& first = values[0];
    const Value& second = values[1];
    const auto compare = [&](auto test) {
        const auto found = order(first, second);
        return found && test(*found);
    };
    switch (predicate) {
    case Predicate::equals: return is_equal(first, second);
    case Predicate::not_equals: return !is_equal(first, second);
    case Predicate::contains: return has(first, second);
    case Predicate::not_contains: return !has(first, second);
    case Predicate::is_in: return has(second, first);
    case Predicate::not_in: return !has(second, first);
    case Predicate::gt: return compare([](int found) { return found > 0; });
    case Predicate::gte: return compare([](int found) { return found >= 0; });
    case Predicate::lt: return compare([](int found) { return found < 0; });
    case Predicate::lte: return compare([](int found) { return found <= 0; });
    case Predicate::between: return is_between(values);
    case Predicate::starts_with:
        return are_texts(first, second) && first.view().starts_with(second.view());
    case Predicate::ends_with:
        return are_texts(first, second) && first.view().ends_with(second.view());
    case Predicate::older_than: return is_older(first, second, values[2], zone);
    }
    return false;
}

} // namespace throughline::rules
