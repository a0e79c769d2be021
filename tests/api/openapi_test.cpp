#include "api/openapi.hpp"
#include "api/routes/operations.hpp"
#include "tests/api/test_routes.hpp"

#include <doctest/doctest.h>
#include <set>

namespace throughline {
namespace {

Routes table() {
    Routes routes = operations_routes({});
    routes.push_back(test_route("GET", "/contacts", answering(""), Permission::records_read));
    routes.back().query = {{"limit", JsonObject{{"type", "integer"}}, "How many."}};
    routes.back().answers = {{200, "A page.", "ContactList"}};
    routes.push_back(
        test_route("PATCH", "/contacts/{id}", answering(""), Permission::records_read));
    routes.back().body = {BodyRule::Form::json, "ContactUpdate", {}};
    routes.back().answers = {{200, "The contact.", "Contact"}};
    routes.push_back(test_route("POST", "/contacts/import", answering(""), Permission::audit_read));
    routes.back().body = {BodyRule::Form::upload, "", {"text/csv", "text/vcard"}};
    routes.back().answers = {{202, "The import.", "Import"}};
    return routes;
}

Json document(const Routes& routes) {
    return openapi_document(
        routes, standard_registry(),
        {operations_components(), JsonObject{{"Import", JsonObject{{"type", "object"}}}}});
}

const Json& at(const Json& json, std::initializer_list<std::string_view> path) {
    const Json* found = &json;
    for (const std::string_view name : path) {
        found = found->find(name);
        REQUIRE_MESSAGE(found != nullptr, std::string(name));
    }
    return *found;
}

} // namespace

TEST_CASE("every route is an operation with an id of its own") {
    const Json api = document(table());
    std::set<std::string> ids;
    std::size_t operations = 0;
    for (const JsonMember& path : *at(api, {"paths"}).object())
        for (const JsonMember& operation : *path.value.object()) {
            ++operations;
            ids.insert(operation.value.text("operationId"));
        }
    CHECK(operations == table().size());
    CHECK(ids.size() == operations);
    CHECK(at(api, {"paths", "/health", "get", "security"}).array()->empty());
    CHECK(at(api, {"paths", "/api/contacts", "get"}).text("x-permission") == "records.read");
}

TEST_CASE("parameters, bodies and answers come from the table") {
    const Json api = document(table());
    const JsonArray& list = *at(api, {"paths", "/api/contacts", "get", "parameters"}).array();
    REQUIRE(list.size() == 3);
    CHECK(list[0].text("name") == "limit");
    CHECK(list[1].text("name") == "X-Tenant-ID");
    CHECK(list[2].text("name") == "Throughline-Min-Position");
    const JsonArray& patch =
        *at(api, {"paths", "/api/contacts/{id}", "patch", "parameters"}).array();
    CHECK(patch[0].text("in") == "path");
    CHECK(at(patch[0], {"schema"}).text("format") == "uuid");
    CHECK(at(api, {"paths", "/api/contacts/{id}", "patch", "requestBody", "content",
                   "application/merge-patch+json", "schema"})
              .text("$ref") == "#/components/schemas/ContactUpdate");
    CHECK(at(api, {"paths", "/api/contacts/import", "post", "requestBody", "content"})
              .object()
              ->contains("text/vcard"));
    for (const std::string_view status :
         {"200", "400", "401", "403", "404", "409", "412", "413", "415", "422", "429", "503"})
        CHECK(at(api, {"paths", "/api/contacts/{id}", "patch", "responses"})
                  .object()
                  ->contains(status));
}

TEST_CASE("answers name their headers, and refusals theirs") {
    Routes routes = table();
    routes[routes.size() - 2].answers.front().has_etag = true;
    const Json api = document(routes);
    const JsonObject& headers =
        *at(api, {"paths", "/api/contacts/{id}", "patch", "responses", "200", "headers"}).object();
    for (const char* name : {"ETag", "Throughline-Position", "Idempotency-Replayed", "RateLimit",
                             "RateLimit-Policy", "traceparent"})
        CHECK_MESSAGE(headers.contains(name), name);
    CHECK_FALSE(at(api, {"paths", "/api/contacts", "get", "responses", "200", "headers"})
                    .object()
                    ->contains("ETag"));
    for (const auto& [problem, header] :
         {std::pair{"Problem401", "WWW-Authenticate"}, std::pair{"Problem429", "Retry-After"},
          std::pair{"Problem503", "Retry-After"}, std::pair{"Problem405", "Allow"}})
        CHECK(at(api, {"components", "responses", problem, "headers"}).object()->contains(header));
}

TEST_CASE("a write that keeps no answer takes no Idempotency-Key") {
    Routes routes = table();
    routes.back().takes_key = false;
    const Json api = document(routes);
    const Json& post = at(api, {"paths", "/api/contacts/import", "post"});
    for (const Json& parameter : *post.find("parameters")->array())
        CHECK(parameter.text("name") != "Idempotency-Key");
}

TEST_CASE("the schemas of every kind are there") {
    const Json api = document(table());
    for (const std::string_view name :
         {"Problem", "Import", "Contact", "ContactCreate", "ContactUpdate", "ContactList",
          "Organization", "OrganizationList"})
        CHECK(at(api, {"components", "schemas"}).object()->contains(name));
}

TEST_CASE("the server's health is described as it is answered") {
    const Json api = document(table());
    const auto schema_of = [&](const char* path, const char* status, const char* media_type) {
        return at(api, {"paths", path, "get", "responses", status, "content", media_type, "schema"})
            .text("$ref");
    };
    const std::string schemas = "#/components/schemas/";
    CHECK(schema_of("/health", "200", "application/json") == schemas + "Health");
    CHECK(schema_of("/ready", "200", "application/json") == schemas + "Readiness");
    CHECK(schema_of("/ready", "503", "application/json") == schemas + "Readiness");
    CHECK(schema_of("/ready", "503", "application/problem+json") == schemas + "Problem");
    const Json& checks = at(api, {"components", "schemas", "Readiness", "properties", "checks"});
    CHECK(*at(checks, {"items", "required"}).array() ==
          JsonArray{"name", "status", "position", "lag", "cause"});
}

TEST_CASE("a component that nobody declares is a mistake of the table") {
    Routes routes = table();
    routes.back().answers = {{200, "", "Nothing"}};
    CHECK_THROWS_AS((void)document(routes), std::logic_error);
}

} // namespace throughline
