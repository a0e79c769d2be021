#include "domain/identity/api_key.hpp"

#include "domain/identity/user.hpp"
#include "domain/record/change.hpp"

#include <algorithm>

namespace throughline {

namespace {

/// What a person says of a key; the rest is the server's.
std::vector<Field> given_fields() {
    const Kind user = user_kind();
    return {text("name").required(), choice("role", user.field("role")->choices).required(),
            tags("scopes"), text("expires_at")};
}

std::string_view need_of(std::string_view method) {
    return method == "GET" || method == "HEAD" ? "read" : "write";
}

} // namespace

Kind api_key_kind() {
    Kind kind{"api_key", "api_keys", given_fields()};
    kind.fields.push_back(text("prefix"));
    kind.fields.push_back(reference("user_id", "user"));
    kind.events = {"created", "deleted"};
    return kind;
}

bool is_scope(std::string_view text, const std::function<bool(std::string_view)>& is_segment) {
    const auto colon = text.find(':');
    const std::string_view need = colon == std::string_view::npos ? text : text.substr(colon + 1);
    return (need == "read" || need == "write") &&
           (colon == std::string_view::npos || is_segment(text.substr(0, colon)));
}

bool is_in_scope(std::span<const std::string> scopes, std::string_view method,
                 std::string_view segment) {
    const std::string_view need = need_of(method);
    return scopes.empty() || std::ranges::any_of(scopes, [&](std::string_view scope) {
               return scope == need || (scope.size() == segment.size() + 1 + need.size() &&
                                        scope.starts_with(segment) &&
                                        scope[segment.size()] == ':' && scope.ends_with(need));
           });
}

Result<JsonObject> read_new_api_key(const Json& body, Time now,
                                    const std::function<bool(std::string_view)>& is_segment) {
    static const Kind kind{"api_key", "api_keys", given_fields()};
    auto draft = check_create(kind, body);
    if (!draft) return draft.error();
    std::vector<FieldError> errors;
    const Json* const scopes = draft->values.find("scopes");
    if (scopes != nullptr && scopes->array() != nullptr)
        for (std::size_t i = 0; i < scopes->array()->size(); ++i)
            if (!is_scope(*(*scopes->array())[i].string(), is_segment))
                errors.push_back({"/scopes/" + std::to_string(i), "invalid_choice",
                                  "A scope is read, write, or a path's such as contacts:read."});
    Json* const expires = draft->values.find("expires_at");
    if (expires != nullptr && expires->string() != nullptr) {
        const auto time = parse_rfc3339(*expires->string());
        if (!time || *time <= now)
            errors.push_back({"/expires_at", "invalid_format",
                              "A time to come such as 2030-01-31T00:00:00Z is expected."});
        else
            *expires = to_rfc3339(*time);
    }
    if (!errors.empty()) return invalid(std::move(errors));
    return std::move(draft->values);
}

} // namespace throughline
