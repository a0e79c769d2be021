#include "api/routes/api_keys.hpp"

#include "api/openapi.hpp"
#include "api/routes/parameters.hpp"
#include "api/routes/rows.hpp"
#include "api/session/scope.hpp"
#include "bus/ids.hpp"
#include "domain/identity/api_key.hpp"
#include "domain/schema_words.hpp"
#include "projections/cursor.hpp"

#include <fmt/format.h>

#include <charconv>

namespace throughline {

namespace {

constexpr std::string_view cursor_scope = "api-keys";

JsonObject key_json(const Uuid& id, std::int64_t version, const Record& record) {
    JsonObject body{{"id", to_string(id)}, {"version", version}};
    for (const Field& field : api_key_kind().fields)
        body.append(field.name, value_of(record.fields, field.name));
    return body;
}

void append_times(JsonObject& body, const Record& record) {
    body.append("created_at", to_rfc3339(record.created_at));
    body.append("updated_at", to_rfc3339(record.updated_at));
}

JsonObject listed_json(const ListedApiKey& key) {
    JsonObject body = key_json(key.id, key.version, key.record);
    body.append("user", key.user_name);
    body.append("last_used_at", key.last_used_at ? Json(to_rfc3339(*key.last_used_at)) : Json());
    append_times(body, key.record);
    return body;
}

Response with_position(Response response, const Written& written) {
    response.with("Throughline-Position", std::to_string(written.position));
    if (written.replayed) response.with("Idempotency-Replayed", "true");
    return response;
}

/// The handlers; copied into each row, so that the rows stand alone.
struct Handlers {
    ApiKeyRoutes with;

    [[nodiscard]] Result<Response> list(const Request& request) const {
        std::size_t limit = 50;
        if (const auto text = request.parameter("limit"))
            std::from_chars(text->data(), text->data() + text->size(), limit);
        std::optional<Uuid> before;
        if (const auto cursor = request.parameter("cursor"); cursor && !cursor->empty()) {
            const auto keys = read_cursor(*cursor, cursor_scope, 1);
            if (keys && keys->front()) before = parse_uuid(*keys->front());
            if (!before) return invalid_cursor();
        }
        auto keys = with.api_keys.list(request.principal->tenant_id, limit + 1, before);
        Json next;
        if (keys.size() > limit) {
            keys.resize(limit);
            next = write_cursor(cursor_scope, {to_string(keys.back().id)});
        }
        JsonArray items;
        for (const ListedApiKey& key : keys) items.emplace_back(listed_json(key));
        return list_response(limit, std::move(items), next, total_of(request, [&] {
                                 return with.api_keys
                                     .list(request.principal->tenant_id, most_counted + 1, {})
                                     .size();
                             }));
    }

    [[nodiscard]] Result<Response> show(const Request& request) const {
        const auto key = with.api_keys.show(request.principal->tenant_id, request.path_id());
        if (!key) return no_such("API key");
        Response response = json_response(200, to_text(listed_json(*key)));
        response.with("ETag", fmt::format("\"{}\"", key->version));
        return response;
    }

    /// Shows the key itself, this once: a repeated request gets the answer without it.
    [[nodiscard]] Result<Response> make(const Request& request) const {
        auto fields = read_new_api_key(*request.json, now(), [this](std::string_view segment) {
            return with.segments.contains(segment);
        });
        if (!fields) return fields.error();
        if (const auto fault = fault_of_role(*request.principal, *fields)) return *fault;
        const auto claim = with.keys.claim(request);
        if (!claim) return claim.error();
        const auto context = command_context(request, *claim);
        if (!context) return context.error();
        const auto made =
            with.api_keys.make(*context, request.principal->user_id, std::move(*fields));
        if (!made) return made.error();
        const Written& written = made->written;
        JsonObject body = key_json(written.id, written.record.version, written.record);
        body.append("user", request.principal->name);
        body.append("last_used_at", nullptr);
        append_times(body, written.record);
        if (!written.replayed) body.append("key", made->key);
        Response response = json_response(201, to_text(body));
        response.with("Location", "/api/api-keys/" + to_string(written.id));
        return with_position(std::move(response), written);
    }

    [[nodiscard]] Result<Response> remove(const Request& request) const {
        const auto claim = with.keys.claim(request);
        if (!claim) return claim.error();
        const auto context = command_context(request, *claim);
        if (!context) return context.error();
        const auto removed = with.api_keys.remove(*context, request.path_id());
        if (!removed) return removed.error();
        with.authenticator.forget_api_key(request.path_id());
        return with_position(no_content(), *removed);
    }
};

Json scopes() {
    return JsonObject{{"type", JsonArray{"array", "null"}},
                      {"items", JsonObject{{"type", "string"},
                                           {"pattern", "^([a-z-]+:)?(read|write)$"},
                                           {"examples", JsonArray{"contacts:read"}}}},
                      {"description", "None: all that the role may."}};
}

Json time(bool is_nullable) {
    return JsonObject{{"type", is_nullable ? Json(JsonArray{"string", "null"}) : Json("string")},
                      {"format", "date-time"}};
}

} // namespace

std::set<std::string, std::less<>> first_segments(const Routes& routes) {
    std::set<std::string, std::less<>> segments;
    for (const Route& route : routes)
        if (!route.bare) segments.emplace(first_segment(route.path));
    return segments;
}

Routes ApiKeyRoutes::rows() const {
    RowsOf<Handlers> rows(Handlers{*this}, "/api-keys", "identity");
    const Permission manage = Permission::api_keys_manage;
    rows.add("GET", "", "List API keys", manage, {200, "A page of keys.", "ApiKeyList"},
             &Handlers::list)
        .query = page_parameters();
    rows.add("POST", "", "Make an API key", manage,
             {201, "The key, which is shown this once.", "MadeApiKey"}, &Handlers::make)
        .body = json_body("NewApiKey");
    rows.add("GET", "/{id}", "Read an API key", manage, {200, "The key.", "ApiKey"},
             &Handlers::show);
    rows.add("DELETE", "/{id}", "Delete an API key: it opens nothing from now on", manage,
             {204, "It is deleted.", ""}, &Handlers::remove);
    return std::move(rows).take();
}

JsonObject api_key_components() {
    JsonObject shown{
        {"id", typed("string")},      {"version", typed("integer")}, {"name", typed("string")},
        {"role", typed("string")},    {"scopes", scopes()},          {"expires_at", time(true)},
        {"prefix", typed("string")},  {"user_id", typed("string")},  {"user", typed("string")},
        {"last_used_at", time(true)}, {"created_at", time(false)},   {"updated_at", time(false)}};
    JsonObject made = shown;
    made.append("key", typed("string"));
    const JsonArray required{"id", "version", "name", "role", "prefix", "user_id"};
    return {{"NewApiKey", closed(object_of({{"name", typed("string")},
                                            {"role", typed("string")},
                                            {"scopes", scopes()},
                                            {"expires_at", time(true)}},
                                           {"name", "role"}))},
            {"ApiKey", object_of(shown, required)},
            {"MadeApiKey", object_of(made, required)},
            {"ApiKeyList", list_schema("ApiKey")}};
}

} // namespace throughline
