#include "tests/fuzz/fuzz.hpp"

#include "domain/record/value.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace throughline::fuzz {

namespace {

constexpr std::array<std::string_view, 12> codes{
    "malformed_json", "unknown_parameter", "invalid_cursor", "too_deep",
    "unknown_field",  "required",          "invalid_type",   "invalid_choice",
    "read_only",      "too_large",         "invalid_format", "unknown_reference"};

std::vector<Target>& all_targets() {
    static std::vector<Target> all;
    return all;
}

} // namespace

Target::Target(std::string_view the_name, Run the_run) : name(the_name), run(the_run) {
    all_targets().push_back(*this);
}

const std::vector<Target>& targets() { return all_targets(); }

void demand(bool holds, const std::string& property) {
    if (!holds) throw std::logic_error("does not hold: " + property);
}

void demand_lawful(const std::vector<FieldError>& errors) {
    demand(errors.size() <= max_faults, "at most 100 faults are told");
    for (const FieldError& error : errors) {
        demand(std::ranges::find(codes, error.code) != codes.end(), "a code of the contract");
        demand(is_valid_utf8(error.where) && is_valid_utf8(error.detail), "a fault is text");
        demand(error.in_query || error.where.empty() || error.where.starts_with('/'),
               "a place in a body is a JSON pointer");
    }
}

void demand_lawful(const Rejection& rejection) {
    demand(is_valid_utf8(rejection.detail), "a refusal is text");
    demand(!rejection.detail.empty(), "a refusal says why");
    demand_lawful(rejection.errors);
}

void demand_readable(const Json& value) {
    demand(parse_json(to_text(value)) == value, "the text of a value reads as the value");
}

std::size_t Input::choice(std::size_t count) {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return (byte - std::size_t{'0'}) % count;
}

std::optional<std::string_view> Input::line() {
    if (rest_.empty()) return std::nullopt;
    const std::string_view line = rest_.substr(0, rest_.find('\n'));
    rest_.remove_prefix(std::min(line.size() + 1, rest_.size()));
    return line;
}

} // namespace throughline::fuzz
