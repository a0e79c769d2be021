#include "api/query_check.hpp"

#include "domain/text.hpp"
#include "domain/time.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace throughline {

namespace {

struct Fault {
    std::string code;
    std::string detail;
};

constexpr std::string_view filter = "filter[";
constexpr std::string_view takes = "Takes ";

/// Filters have operators and fields that only the list knows: it judges them itself.
bool declares(const Parameter& parameter, std::string_view name) {
    return name == parameter.name ||
           (name.starts_with(filter) && parameter.name.starts_with(filter));
}

std::optional<Fault> check_value(const Json& schema, std::string_view value);

std::optional<Fault> check_integer(const Json& schema, std::string_view value) {
    std::int64_t number = 0;
    const auto end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, number);
    if (read.ec != std::errc{} || read.ptr != end)
        return Fault{"invalid_type", "Takes a whole number."};
    if (const auto least = schema.integer("minimum"); least && number < *least)
        return Fault{"invalid_format", fmt::format("Is at least {}.", *least)};
    if (const auto most = schema.integer("maximum"); most && number > *most)
        return Fault{"too_large", fmt::format("Is at most {}.", *most)};
    return std::nullopt;
}

std::optional<Fault> check_format(std::string_view format, std::string_view value) {
    if (format == "date-time" && !parse_rfc3339(value))
        return Fault{"invalid_format", "Takes an RFC 3339 time."};
    if (format == "date" && !parse_date(value))
        return Fault{"invalid_format", "Takes a day as YYYY-MM-DD."};
    if (format == "uuid" && !parse_uuid(value)) return Fault{"invalid_format", "Takes an id."};
    return std::nullopt;
}

std::optional<Fault> check_string(const Json& schema, std::string_view value) {
    const auto length = static_cast<std::int64_t>(length_in_characters(value));
    if (const auto most = schema.integer("maxLength"); most && length > *most)
        return Fault{"too_large", fmt::format("Has at most {} characters.", *most)};
    if (const auto least = schema.integer("minLength"); least && length < *least)
        return Fault{"invalid_format", fmt::format("Has at least {} characters.", *least)};
    return check_format(schema.text("format"), value);
}

std::optional<Fault> check_members(const Json& schema, std::string_view value) {
    const Json* const items = schema.find("items");
    while (items != nullptr && !value.empty()) {
        const auto member = value.substr(0, value.find(','));
        if (auto fault = check_value(*items, member)) return fault;
        value.remove_prefix(std::min(value.size(), member.size() + 1));
    }
    return std::nullopt;
}

std::optional<Fault> check_choice(const JsonArray& choices, std::string_view value) {
    std::string names;
    for (const Json& choice : choices) {
        const std::string text = choice.string() != nullptr ? *choice.string() : to_text(choice);
        if (text == value) return std::nullopt;
        names += (names.empty() ? "" : ", ") + text;
    }
    return Fault{"invalid_choice", "Takes one of: " + names + "."};
}

/// The fault of a value that is none of several: all that is taken, or what is wrong with the one
/// that it is.
std::optional<Fault> check_any(const JsonArray& any, std::string_view value) {
    std::optional<Fault> told;
    for (const Json& one : any) {
        auto fault = check_value(one, value);
        if (!fault) return std::nullopt;
        if (!told || (told->detail.starts_with(takes) && !fault->detail.starts_with(takes)))
            told = std::move(fault);
        else if (told->detail.starts_with(takes) && fault->detail.starts_with(takes))
            told->detail.replace(told->detail.size() - 1, 1,
                                 " or " + fault->detail.substr(takes.size()));
    }
    return told;
}

std::optional<Fault> check_value(const Json& schema, std::string_view value) {
    if (const Json* const any = schema.find("anyOf"); any != nullptr && any->array() != nullptr)
        return check_any(*any->array(), value);
    if (const Json* const choices = schema.find("enum");
        choices != nullptr && choices->array() != nullptr)
        return check_choice(*choices->array(), value);
    const std::string type = schema.text("type");
    if (type == "integer") return check_integer(schema, value);
    if (type == "boolean" && value != "true" && value != "false")
        return Fault{"invalid_type", "Takes true or false."};
    if (type == "array") return check_members(schema, value);
    if (type == "string") return check_string(schema, value);
    return std::nullopt;
}

Rejection bad_query(const std::string& name, std::string code, std::string detail) {
    return {Refusal::malformed,
            "The query cannot be read.",
            {{name, std::move(code), std::move(detail), true}}};
}

} // namespace

std::optional<Rejection> check_query(const Route& route, const QueryParameters& query) {
    std::vector<FieldError> errors;
    for (auto at = query.begin(); at != query.end(); ++at) {
        const auto& [name, value] = *at;
        const auto known = std::ranges::find_if(
            route.query, [&](const Parameter& parameter) { return declares(parameter, name); });
        if (known == route.query.end())
            return bad_query(name, "unknown_parameter", "There is no such parameter here.");
        if (std::any_of(query.begin(), at, [&](const auto& other) { return other.first == name; }))
            return bad_query(name, "unknown_parameter", "Stands twice, and is taken once.");
        if (name.starts_with(filter)) continue;
        if (auto fault = check_value(known->schema, value))
            errors.push_back({name, std::move(fault->code), std::move(fault->detail), true});
    }
    for (const Parameter& parameter : route.query) {
        const auto given = [&](const auto& pair) { return declares(parameter, pair.first); };
        if (parameter.required && std::ranges::none_of(query, given))
            errors.push_back({parameter.name, "required", "Is needed.", true});
    }
    return errors.empty() ? std::nullopt : std::optional(invalid(std::move(errors)));
}

void mend_times(QueryParameters& query) {
    constexpr std::size_t offset_length = 6; // of +02:00
    for (auto& [name, value] : query) {
        if (value.size() < 20 || value[value.size() - offset_length] != ' ') continue;
        std::string mended = value;
        mended[mended.size() - offset_length] = '+';
        if (parse_rfc3339(mended)) value = std::move(mended);
    }
}

} // namespace throughline
