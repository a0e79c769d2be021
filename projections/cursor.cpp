#include "projections/cursor.hpp"

#include "domain/base64url.hpp"
#include "domain/id.hpp"
#include "domain/json.hpp"

namespace throughline {

namespace {

std::string scope_of(std::string_view same) { return to_string(uuid_v5(Uuid{}, same)); }

} // namespace

std::string write_cursor(std::string_view same, const CursorKeys& keys) {
    JsonArray parts{Json(scope_of(same))};
    for (const auto& key : keys) parts.push_back(key ? Json(*key) : Json());
    return base64url(to_text(std::move(parts)));
}

std::optional<CursorKeys> read_cursor(std::string_view text, std::string_view same,
                                      std::size_t keys) {
    const auto bytes = from_base64url(text);
    if (!bytes) return std::nullopt;
    const auto read = read_json(*bytes);
    const Json* const json = std::get_if<Json>(&read);
    const JsonArray* const parts = json == nullptr ? nullptr : json->array();
    if (parts == nullptr || parts->size() != keys + 1 || parts->front() != Json(scope_of(same)))
        return std::nullopt;
    CursorKeys found;
    for (std::size_t i = 1; i < parts->size(); ++i) {
        const Json& part = (*parts)[i];
        if (part.string() != nullptr)
            found.emplace_back(*part.string());
        else if (part.is_null())
            found.emplace_back();
        else
            return std::nullopt;
    }
    return found;
}

Rejection invalid_cursor() {
    return {Refusal::malformed,
            "The cursor does not belong to this query.",
            {{"cursor", "invalid_cursor", "Take it from `next` of the same query.", true}}};
}

} // namespace throughline
