#include "api/routes/parameters.hpp"

#include "bus/ids.hpp"
#include "domain/other_kinds.hpp"
#include "domain/schema_words.hpp"
#include "domain/text.hpp"
#include "handlers/time_zones.hpp"
#include "projections/cursor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace throughline {
namespace {

Json whole_number(int least, int most, int otherwise) {
    return JsonObject{
        {"type", "integer"}, {"minimum", least}, {"maximum", most}, {"default", otherwise}};
}

Result<std::size_t> read_whole(const Request& request, const std::string& name, std::size_t least,
                               std::size_t most, std::size_t otherwise) {
    const auto text = request.parameter(name);
    if (!text) return otherwise;
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value < least || value > most)
        return wrong_parameter(name, "invalid_format",
                               fmt::format("Takes a whole number from {} to {}.", least, most));
    return value;
}

constexpr const char* moment_form = "Takes an RFC 3339 time or a date, YYYY-MM-DD.";

// A day of a time zone may begin or end beyond what RFC 3339 can write.
constexpr Time earliest{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}};
constexpr Time latest{std::chrono::sys_days{std::chrono::year{10000} / 1 / 1} -
                      std::chrono::microseconds(1)};

std::optional<Time> moment_of(const Request& request, std::string_view text, bool day_included) {
    if (const auto moment = parse_rfc3339(text)) return moment;
    const auto day = parse_date(text);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day last{std::chrono::sys_days(*day) +
                                           std::chrono::days(day_included ? 1 : 0)};
    return std::clamp(start_of_day(last, request.principal->timezone), earliest, latest);
}

} // namespace

Rejection wrong_parameter(const std::string& name, const std::string& code,
                          const std::string& detail) {
    return invalid({{name, code, detail, true}});
}

std::vector<Parameter> offset_parameters() {
    return {{"limit", whole_number(1, 200, 50), "How many items."},
            {"offset", whole_number(0, 10'000, 0), "How many items to pass over."},
            {"cursor", typed("string"), "`pagination.next` of the page before; wins over offset."}};
}

Result<OffsetRequest> read_offset(const Request& request) {
    const auto limit = read_whole(request, "limit", 1, 200, 50);
    if (!limit) return limit.error();
    const auto offset = read_whole(request, "offset", 0, 10'000, 0);
    if (!offset) return offset.error();
    return OffsetRequest{*limit, *offset, std::string(request.parameter("cursor").value_or(""))};
}

std::vector<Parameter> page_parameters(int limit) {
    return {{"limit", whole_number(1, most_a_page, limit), "Items a page."},
            {"cursor", typed("string"), "`pagination.next` of the page before."},
            {"count", JsonObject{{"type", "boolean"}, {"default", false}},
             "Answer with `pagination.total`, too."}};
}

Result<PageRequest> read_page(const Request& request, const std::string& scope, std::size_t keys,
                              std::size_t otherwise) {
    const auto limit = read_whole(request, "limit", 1, most_a_page, otherwise);
    if (!limit) return limit.error();
    PageRequest page{*limit, {}};
    const auto cursor = request.parameter("cursor");
    if (!cursor || cursor->empty()) return page;
    const auto read = read_cursor(*cursor, scope, keys);
    if (!read) return invalid_cursor();
    for (const auto& key : *read) {
        std::int64_t number = 0;
        const char* const end = key ? key->data() + key->size() : nullptr;
        if (!key || std::from_chars(key->data(), end, number).ptr != end) return invalid_cursor();
        page.after.push_back(number);
    }
    return page;
}

Response list_response(std::size_t limit, JsonArray items, Json next, Total total) {
    JsonObject pagination{{"limit", limit}, {"next", std::move(next)}};
    if (total) pagination.append("total", std::min(*total, most_counted));
    if (total > most_counted) pagination.append("total_capped", true);
    return json_response(200, to_text(JsonObject{{"items", std::move(items)},
                                                 {"pagination", std::move(pagination)}}));
}

Response page_response(const PageRequest& request, JsonArray items, const std::string& scope,
                       const std::vector<std::int64_t>& next, Total total) {
    CursorKeys keys;
    for (const std::int64_t key : next) keys.emplace_back(std::to_string(key));
    return list_response(request.limit, std::move(items),
                         next.empty() ? Json() : Json(write_cursor(scope, keys)), total);
}

Result<Response> page_of_all(const Request& request, const JsonArray& all,
                             const std::string& scope) {
    const auto page = read_page(request, scope, 1, most_a_page);
    if (!page) return page.error();
    const auto count = static_cast<std::int64_t>(all.size());
    const auto from =
        page->after.empty() ? 0 : std::clamp<std::int64_t>(page->after.front(), 0, count);
    const auto to = std::min(count, from + static_cast<std::int64_t>(page->limit));
    std::vector<std::int64_t> next;
    if (to < count) next = {to};
    return page_response(*page, JsonArray(all.begin() + from, all.begin() + to), scope, next,
                         total_of(request, [&] { return count; }));
}

Result<std::optional<Time>> read_moment(const Request& request, const std::string& name,
                                        bool day_included) {
    const auto text = request.parameter(name);
    if (!text) return std::optional<Time>{};
    const auto moment = moment_of(request, *text, day_included);
    if (!moment) return wrong_parameter(name, "invalid_format", moment_form);
    return moment;
}

Result<Span> read_span(const Request& request, std::chrono::days otherwise) {
    const auto from = read_moment(request, "from", false);
    if (!from) return from.error();
    const auto to = read_moment(request, "to", true);
    if (!to) return to.error();
    const Time end = to->value_or(now());
    const Time begin = from->value_or(std::max(end - otherwise, earliest));
    if (begin > end)
        return wrong_parameter("from", "invalid_format", "Is later than the end of the time.");
    return Span{begin, end};
}

Result<std::optional<Time>> read_body_moment(const Request& request, const Json& body,
                                             const std::string& name, bool is_to) {
    const Json* const value = body.find(name);
    if (value == nullptr) return std::optional<Time>{};
    const std::string* const text = value->string();
    auto moment = text == nullptr ? std::nullopt : moment_of(request, *text, is_to);
    if (!moment) return invalid({{"/" + name, "invalid_format", moment_form}});
    if (is_to && parse_date(*text)) *moment -= std::chrono::microseconds(1);
    return moment;
}

Json moment_schema() {
    const Json time = formatted("date-time");
    const Json day = formatted("date");
    return JsonObject{{"anyOf", JsonArray{time, day}}};
}

Response offset_response(const OffsetRequest& request, const OffsetPage& page) {
    std::string body = R"({"items":[)";
    for (const std::string& item : page.items) {
        if (&item != &page.items.front()) body += ',';
        body += item;
    }
    body += fmt::format(R"(],"pagination":{{"total":{},"limit":{},"offset":{},"next":)", page.total,
                        request.limit, request.offset);
    append_text(body, page.next ? Json(*page.next) : Json());
    body += page.total_capped ? R"(,"total_capped":true}})" : "}}";
    return json_response(200, std::move(body));
}

std::optional<std::string> entity_kind(const Registry& registry, std::string_view text) {
    const Kind* const kind = any_kind(registry, case_folded(text));
    return kind == nullptr ? std::nullopt : std::optional(kind->name);
}

} // namespace throughline
