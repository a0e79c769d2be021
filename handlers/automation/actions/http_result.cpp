#include "handlers/automation/actions/http_result.hpp"

#include "domain/text.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace throughline {

namespace {

constexpr std::size_t most_text = 256U << 10; // of an output, which events keep
constexpr std::size_t most_values = 8192;
constexpr std::size_t most_depth = 32;
constexpr std::chrono::hours longest_wait{24};
constexpr std::array<std::string_view, 6> kept_headers = {"content-type", "location",     "etag",
                                                          "retry-after",  "x-request-id", "date"};

JsonObject few(const HttpFields& headers) {
    JsonObject out;
    for (const std::string_view name : kept_headers)
        if (const std::string* const value = find_field(headers, name);
            value != nullptr && is_valid_utf8(*value))
            out.append(name, *value);
    return out;
}

/// Whether it may stand inside of an event; counts the values.
bool is_moderate(const Json& value, std::size_t depth, std::size_t& values) {
    if (++values > most_values || depth > most_depth) return false;
    if (const JsonArray* const items = value.array())
        return std::ranges::all_of(
            *items, [&](const Json& item) { return is_moderate(item, depth + 1, values); });
    if (const JsonObject* const members = value.object())
        return std::ranges::all_of(*members, [&](const JsonMember& member) {
            return is_moderate(member.value, depth + 1, values);
        });
    return true;
}

std::optional<Json> json_of(const std::string& body) {
    if (body.size() > most_text) return std::nullopt;
    auto read = read_json(body);
    Json* const json = std::get_if<Json>(&read);
    std::size_t values = 0;
    if (json == nullptr || !is_moderate(*json, 1, values)) return std::nullopt;
    return std::move(*json);
}

/// Up to the last whole character.
std::string_view beginning(std::string_view text) {
    if (text.size() <= most_text) return text;
    std::size_t end = most_text;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end);
}

/// A body that was cut may end in half a character.
std::string_view without_half(std::string_view text) {
    for (int i = 0; i < 3 && !text.empty() && !is_valid_utf8(text); ++i) text.remove_suffix(1);
    return text;
}

JsonObject output_of(const HttpResponse& response) {
    const std::string* const type = find_field(response.headers, "content-type");
    const bool says_json = type != nullptr && type->find("json") != std::string::npos;
    JsonObject out{{"status", response.status}, {"headers", few(response.headers)}};
    if (says_json && !response.is_cut)
        if (auto json = json_of(response.body)) {
            out.append("body", std::move(*json));
            out.append("truncated", false);
            return out;
        }
    std::string_view text = beginning(response.body);
    if (response.is_cut) text = without_half(text);
    out.append("body", is_valid_utf8(text) && !text.empty() ? Json(text) : Json());
    out.append("truncated", response.is_cut || text.size() < response.body.size());
    return out;
}

std::optional<std::chrono::seconds> retry_after(const HttpFields& headers, Time now) {
    const std::string* const text = find_field(headers, "retry-after");
    if (text == nullptr) return std::nullopt;
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    if (error != std::errc{} || end != text->data() + text->size()) {
        const time_t at = curl_getdate(text->c_str(), nullptr);
        if (at == -1) return std::nullopt;
        seconds = at - std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    }
    const std::chrono::seconds longest = longest_wait;
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, longest.count()));
}

bool may_pass(int status) {
    return status == 408 || status == 425 || status == 429 || status >= 500;
}

} // namespace

EffectResult result_of(const HttpOutcome& outcome, Time now) {
    if (const auto* const fault = std::get_if<HttpFault>(&outcome))
        return Failed{fault->detail, fault->is_transient};
    const auto& response = std::get<HttpResponse>(outcome);
    if (response.status >= 200 && response.status < 300) return Done{output_of(response)};
    const bool is_transient = may_pass(response.status);
    return Failed{fmt::format("the answer is {}", response.status), is_transient,
                  is_transient ? retry_after(response.headers, now) : std::nullopt,
                  output_of(response)};
}

} // namespace throughline
