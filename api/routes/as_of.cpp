#include "api/routes/as_of.hpp"

#include "api/routes/parameters.hpp"
#include "domain/schema_words.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace throughline {

namespace {

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Json position_schema() { return JsonObject{{"type", "integer"}, {"minimum", 0}}; }

} // namespace

Result<std::optional<std::int64_t>> LogMoments::position(const std::string& name,
                                                         std::string_view text) const {
    std::int64_t position = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), position);
    if (read.ec != std::errc{} || position > store_.head_position())
        return wrong_parameter(name, "too_large", "The log does not reach that position yet.");
    return std::optional(position);
}

Result<std::optional<std::int64_t>> LogMoments::as_of(const Request& request) const {
    const auto text = request.parameter("as_of");
    if (!text) return std::optional<std::int64_t>();
    if (is_number(*text)) return position("as_of", *text);
    const auto time = parse_rfc3339(*text);
    if (!time)
        return wrong_parameter("as_of", "invalid_format",
                               "Takes an RFC 3339 time or a position of the log.");
    return std::optional(index_.position_at(*time));
}

Result<std::optional<std::int64_t>>
LogMoments::end_of_range(const Request& request, const std::string& name, bool day_included) const {
    const auto text = request.parameter(name);
    if (text && is_number(*text)) return position(name, *text);
    const auto moment = read_moment(request, name, day_included);
    if (!moment) return moment.error();
    if (!*moment) return std::optional<std::int64_t>();
    // The instant in which a day ends belongs to the next one.
    const bool is_day = parse_date(*text).has_value();
    return std::optional(index_.position_at(**moment - std::chrono::microseconds(is_day ? 1 : 0)));
}

Parameter as_of_parameter() {
    const Json time = formatted("date-time");
    return {"as_of", JsonObject{{"anyOf", JsonArray{position_schema(), time}}},
            "Answer as the log stood at this time, or at this position of it."};
}

Parameter range_parameter(std::string name, std::string description) {
    Json schema = moment_schema();
    JsonArray& any = *schema.object()->find("anyOf")->array();
    any.insert(any.begin(), position_schema());
    return {std::move(name), std::move(schema), std::move(description)};
}

QueryParameters without_as_of(QueryParameters query) {
    std::erase_if(query, [](const auto& parameter) { return parameter.first == "as_of"; });
    return query;
}

Response with_as_of(Response response, std::int64_t position) {
    response.with("Throughline-As-Of", std::to_string(position));
    return response;
}

} // namespace throughline
