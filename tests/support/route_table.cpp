#include "tests/support/route_table.hpp"

#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace throughline {

namespace {

const Json* at(const Json& json, std::initializer_list<std::string_view> path) {
    const Json* found = &json;
    for (const std::string_view name : path)
        if (found != nullptr) found = found->find(name);
    return found;
}

/// The smallest value that a schema takes, about.
Json sample(const Json& api, const Json& schema) {
    if (const std::string name = schema.text("$ref"); !name.empty()) {
        const Json* const component =
            at(api, {"components", "schemas", name.substr(name.rfind('/') + 1)});
        REQUIRE_MESSAGE(component != nullptr, name);
        return sample(api, *component);
    }
    if (const Json* const choices = schema.find("enum")) return choices->array()->front();
    const std::string type = schema.text("type");
    if (type == "object") {
        JsonObject object;
        const Json* const required = schema.find("required");
        if (required != nullptr)
            for (const Json& name : *required->array())
                object.set(*name.string(),
                           sample(api, *at(schema, {"properties", *name.string()})));
        return object;
    }
    if (type == "array") return JsonArray{};
    if (type == "integer" || type == "number") return Json(1);
    if (type == "boolean") return Json(true);
    if (schema.text("format") == "email") return Json("somebody@example.com");
    if (schema.text("format") == "uuid") return Json("01890a5d-ac96-774b-bcce-b302099a8057");
    return Json("something");
}

void read_body(const Json& api, const Json& operation, ListedRoute& route) {
    const Json* const content = at(operation, {"requestBody", "content"});
    if (content == nullptr) return;
    const Json* const json = content->find("application/json");
    route.media_type = json != nullptr ? "application/json" : content->object()->begin()->name;
    route.body =
        json != nullptr ? to_text(sample(api, *json->find("schema"))) : "name\nSomething\n";
}

ListedRoute read_route(const Json& api, std::string method, const std::string& path,
                       const Json& operation) {
    std::ranges::transform(method, method.begin(),
                           [](char c) { return static_cast<char>(c & ~0x20); });
    ListedRoute route{.method = std::move(method),
                      .path = path,
                      .permission = operation.text("x-permission"),
                      .path_parameters = {},
                      .query_parameters = {},
                      .body = std::nullopt,
                      .media_type = {}};
    const Json* const security = operation.find("security");
    const bool is_open = security != nullptr && security->array()->empty();
    CHECK_MESSAGE(is_open == route.permission.empty(), route.name());
    if (const Json* const parameters = operation.find("parameters"))
        for (const Json& parameter : *parameters->array())
            (parameter.text("in") == "path" ? route.path_parameters : route.query_parameters)
                .push_back(parameter.text("name"));
    const Json* const answers = at(operation, {"responses", "200", "content"});
    route.is_stream = answers != nullptr && answers->object()->contains("text/event-stream");
    read_body(api, operation, route);
    return route;
}

} // namespace

std::string
ListedRoute::path_with(const std::function<std::string(const std::string&)>& value) const {
    std::string out = path;
    for (const std::string& parameter : path_parameters) {
        const std::string placeholder = "{" + parameter + "}";
        out.replace(out.find(placeholder), placeholder.size(), value(parameter));
    }
    return out;
}

HttpReply ListedRoute::ask(HttpClient& client, std::string target, HttpHeaders headers) const {
    if (is_stream) target += target.find('?') == std::string::npos ? "?from=-1" : "&from=-1";
    if (body) headers.emplace_back("Content-Type", media_type);
    return client.request(method, target, body, headers);
}

std::vector<ListedRoute> route_table(HttpClient& client) {
    const Json api = body_of(client.get("/openapi.json"));
    std::vector<ListedRoute> routes;
    for (const JsonMember& path : *api.find("paths")->object())
        for (const JsonMember& operation : *path.value.object())
            routes.push_back(read_route(api, operation.name, path.name, operation.value));
    REQUIRE(routes.size() > 30);
    return routes;
}

} // namespace throughline
