#include "api/trace.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <random>

namespace throughline {

namespace {

constexpr std::size_t trace_at = 3;
constexpr std::size_t parent_at = 36;
constexpr std::size_t flags_at = 53;
constexpr std::size_t length = 55;

bool is_hex(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
    return text.find_first_not_of('0') == std::string_view::npos;
}

bool is_valid(std::string_view text) {
    if (text.size() < length || text[trace_at - 1] != '-' || text[parent_at - 1] != '-' ||
        text[flags_at - 1] != '-')
        return false;
    const auto version = text.substr(0, 2);
    if (!is_hex(version) || version == "ff") return false;
    // A later version may say more after the flags.
    if (text.size() > length && (version == "00" || text[length] != '-')) return false;
    const auto trace = text.substr(trace_at, 32);
    const auto parent = text.substr(parent_at, 16);
    return is_hex(trace) && !is_zero(trace) && is_hex(parent) && !is_zero(parent) &&
           is_hex(text.substr(flags_at, 2));
}

} // namespace

std::optional<std::string> read_traceparent(std::string_view text) {
    if (!is_valid(text)) return std::nullopt;
    return "00" + std::string(text.substr(trace_at - 1, length - trace_at + 1));
}

std::string new_traceparent() {
    thread_local std::mt19937_64 random{(std::uint64_t{std::random_device{}()} << 32) |
                                        std::random_device{}()};
    return fmt::format("00-{:016x}{:016x}-{:016x}-01", random(), random(), random() | 1);
}

std::string_view trace_id_of(std::string_view traceparent) {
    return is_valid(traceparent) ? traceparent.substr(trace_at, 32) : std::string_view{};
}

} // namespace throughline
