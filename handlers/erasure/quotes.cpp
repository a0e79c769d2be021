#include "handlers/erasure/quotes.hpp"

#include "bus/pg_text.hpp"
#include "domain/json.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

namespace throughline {

namespace {

constexpr std::ptrdiff_t fewest_digits = 7;

// In what RE2 and PostgreSQL's regular expressions have in common, so without looking around: what
// may stand before and behind a value. In JSON a line end is a letter behind a backslash.
constexpr std::string_view json_escape = R"(\\[bfnrt]|\\u[0-9a-f]{4})";
constexpr std::string_view before_address = R"([^a-z0-9._%+-])";
constexpr std::string_view behind_address = R"($|[^a-z0-9.-]|[.-]+($|[^a-z0-9]))";
// Behind a hyphen four hexadecimal digits or more may be those of a UUID.
constexpr std::string_view before_number = R"([^a-z0-9-]|(^|[^0-9a-f])[0-9a-f]{0,3}-)";
constexpr std::string_view behind_number = R"($|[^a-z0-9-]|-[0-9a-f]{0,3}($|[^0-9a-f]))";

constexpr std::string_view beside_name = "[^a-z0-9]";

bool is_address(std::string_view value) { return value.find('@') != std::string_view::npos; }

bool is_searched_for(std::string_view value) {
    return is_address(value) || std::ranges::count_if(value, [](char c) {
                                    return c >= '0' && c <= '9';
                                }) >= fewest_digits;
}

std::string escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (std::string_view(R"(\^$.|?*+()[]{})").find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

std::string pattern_of(std::string_view value) {
    if (is_address(value))
        return fmt::format("(^|{}|{})[._%+-]*{}({})", before_address, json_escape, escaped(value),
                           behind_address);
    return fmt::format("(^|{}|{}){}({})", before_number, json_escape, escaped(value),
                       behind_number);
}

std::string pattern_of_name(std::string_view name) {
    return fmt::format("(^|{0}|{1}){2}($|{0})", beside_name, json_escape, escaped(name));
}

/// As it stands between the quotation marks of a JSON string.
std::string in_json(std::string_view value) {
    std::string quoted;
    append_quoted(quoted, value);
    return quoted.substr(1, quoted.size() - 2);
}

std::shared_ptr<const re2::RE2> compiled(const std::string& pattern) {
    re2::RE2::Options options;
    options.set_case_sensitive(false);
    return std::make_shared<const re2::RE2>(pattern, options);
}

} // namespace

Quotes::Quotes(const std::vector<std::string>& addresses_and_numbers) {
    for (const std::string& value : addresses_and_numbers)
        if (is_searched_for(value)) add(value, pattern_of);
}

Quotes Quotes::of_names(const std::vector<std::string>& names) {
    Quotes quotes;
    for (const std::string& name : names) quotes.add(name, pattern_of_name);
    return quotes;
}

void Quotes::add(const std::string& value, PatternOf& pattern) {
    std::vector<std::string> forms{value};
    if (std::string form = in_json(value); form != value) forms.push_back(std::move(form));
    for (std::string& form : forms) {
        patterns_.push_back(compiled(pattern(form)));
        values_.push_back(std::move(form));
    }
}

bool Quotes::are_in(std::string_view text) const {
    return std::ranges::any_of(patterns_, [&](const auto& pattern) {
        return re2::RE2::PartialMatch({text.data(), text.size()}, *pattern);
    });
}

std::string Quotes::values() const {
    PgArray array;
    for (const std::string& value : values_) array.add(value);
    return array.text();
}

std::string Quotes::patterns() const {
    PgArray array;
    for (const auto& pattern : patterns_) array.add(pattern->pattern());
    return array.text();
}

std::string quotes_one(std::string_view text, std::string_view values, std::string_view patterns) {
    // The position is the cheaper one and comes first.
    return fmt::format("exists (select from unnest({1}::text[], {2}::text[]) as quoted (value, "
                       "pattern) where position(lower(value) in lower({0})) > 0 "
                       "and ({0}) ~* pattern)",
                       text, values, patterns);
}

} // namespace throughline
