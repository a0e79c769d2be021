#include "tests/support/http_sink.hpp"
#include "tests/support/team.hpp"
#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

const std::string pets = R"({"openapi":"3.1.0","info":{"title":"Pets","version":"1.2"},)"
                         R"("servers":[{"url":"https://api.example.com/v1"}],)"
                         R"("paths":{"/pets/{id}":{"get":{"operationId":"getPet",)"
                         R"("summary":"Read a pet","parameters":[{"name":"id","in":"path"}]}}}})";

std::string upload(const std::string& name, const std::string& document = pets) {
    return R"({"name":")" + name + R"(","document":)" + document + "}";
}

} // namespace

TEST_CASE("an OpenAPI document is uploaded, listed, read and deleted") {
    TestServer server{Team::environment()};
    Team team{server};
    HttpClient& admin = team.as("admin");
    const HttpReply made = admin.post("/api/openapi-documents", upload("Pets"));
    REQUIRE_MESSAGE(made.status == 201, made.body);
    const Json document = body_of(made);
    const std::string path = "/api/openapi-documents/" + document.text("id");
    CHECK(made.header("Location") == path);
    CHECK(made.header("ETag") == "\"1\"");
    CHECK(document.text("title") == "Pets");
    CHECK(document.text("api_version") == "1.2");
    CHECK(to_text(*document.find("operations")) ==
          R"([{"operation_id":"getPet","method":"GET","path":"/pets/{id}",)"
          R"("url":"https://api.example.com/v1/pets/{id}","summary":"Read a pet",)"
          R"("parameters":[{"name":"id","in":"path","required":true,"explode":false,)"
          R"("json":false}],"body":"none"}])");
    CHECK(body_of(team.as("manager").get(path)) == document);
    CHECK(team.as("sales").get(path).status == 403);
    CHECK(team.as("manager").post("/api/openapi-documents", upload("Cats")).status == 403);
    CHECK(team.as("manager").request("DELETE", path).status == 403);
    for (const char* const name : {"Cats", "Dogs"})
        REQUIRE(admin.post("/api/openapi-documents", upload(name)).status == 201);
    const Json page = body_of(admin.get("/api/openapi-documents?limit=2"));
    REQUIRE(page.find("items")->array()->size() == 2);
    CHECK(page.find("items")->array()->front().text("name") == "Pets");
    CHECK(page.find("items")->array()->front().find("operations") == nullptr);
    const std::string cursor = page.find("pagination")->text("next");
    const Json rest = body_of(admin.get("/api/openapi-documents?limit=2&cursor=" + cursor));
    REQUIRE(rest.find("items")->array()->size() == 1);
    CHECK(rest.find("pagination")->find("next")->is_null());
    CHECK(admin.get("/api/openapi-documents?cursor=x").status == 400);
    CHECK(admin.request("DELETE", path).status == 204);
    CHECK(admin.get(path).status == 404);
    CHECK(admin.request("DELETE", path).status == 404);
    CHECK(admin.post("/api/openapi-documents", upload("Pets")).status == 201);
}

TEST_CASE("a name is taken once, a repeated request is answered as before") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const HttpHeaders key{{"Idempotency-Key", "k1"}};
    const HttpReply made = client.post("/api/openapi-documents", upload("Pets"), key);
    REQUIRE(made.status == 201);
    const HttpReply again = client.post("/api/openapi-documents", upload("Pets"), key);
    CHECK(again.status == 201);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(again.body == made.body);
    const HttpReply taken = client.post("/api/openapi-documents", upload("Pets"));
    CHECK(taken.status == 409);
    CHECK(first_error(taken) == "taken /name");
}

TEST_CASE("what is wrong with an upload is named") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const auto fault = [&](const std::string& body) {
        const HttpReply reply = client.post("/api/openapi-documents", body);
        CHECK(reply.status == 422);
        return first_error(reply);
    };
    CHECK(fault(R"({"document":)" + pets + "}") == "required /name");
    CHECK(fault(upload("")) == "required /name");
    CHECK(fault(R"({"name":1,"document":)" + pets + "}") == "invalid_type /name");
    CHECK(fault(R"({"name":"x"})") == "required /document");
    CHECK(fault(R"({"name":"x","url":"https://a.b/c","document":)" + pets + "}") ==
          "read_only /document");
    CHECK(fault(R"({"name":"x","more":1,"document":)" + pets + "}") == "unknown_field /more");
    CHECK(fault(R"({"name":"x","url":7})") == "invalid_type /url");
    CHECK(fault(upload("x", "{}")) == "required /document/openapi");
    CHECK(fault(upload("x", R"({"openapi":"3.0.0","paths":{"/a":{"get":{}}}})")) ==
          "invalid_format /document/servers/0");
    CHECK(body_of(client.get("/api/openapi-documents")).find("items")->array()->empty());
}

TEST_CASE("a document is fetched from a URL of an allowed host, and from no other") {
    std::string shown = R"({"openapi":"3.1.0","paths":{"/a":{"get":{"operationId":"a"}}}})";
    HttpSink sink([&](const SunkRequest& request) {
        return request.target == "/missing" ? http_answer(404) : http_answer(200, shown);
    });
    TestServer server{{{"THROUGHLINE_HTTP_ALLOW_PRIVATE", "127.0.0.1/32"}}};
    HttpClient client = server.new_tenant();
    const auto fetch = [&](const std::string& name, const std::string& url) {
        return client.post("/api/openapi-documents",
                           to_text(JsonObject{{"name", name}, {"url", url}}));
    };
    CHECK(first_error(fetch("A", sink.url())) == "invalid_format /url");
    CHECK(sink.requests().empty());
    REQUIRE(client.request("PATCH", "/api/tenant", R"({"http_allowlist":["127.0.0.1"]})").status ==
            200);
    const HttpReply made = fetch("A", sink.url("/api/doc.json"));
    REQUIRE_MESSAGE(made.status == 201, made.body);
    CHECK(body_of(made).text("url") == sink.url("/api/doc.json"));
    CHECK(body_of(made).find("operations")->array()->front().text("url") == sink.url("/a"));
    CHECK(first_error(fetch("B", sink.url("/missing"))) == "invalid_format /url");
    CHECK(first_error(fetch("B", "http://169.254.169.254/")) == "invalid_format /url");
    shown = "no JSON";
    CHECK(first_error(fetch("B", sink.url())) == "invalid_format /url");
    shown = R"({"openapi":"2.0"})";
    CHECK(first_error(fetch("B", sink.url())) == "invalid_choice /url/openapi");
    shown = "\"" + std::string(2U << 20, 'x') + "\"";
    CHECK(first_error(fetch("B", sink.url())) == "too_large /url");
}
