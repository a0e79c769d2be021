#include "tests/support/raw_connection.hpp"
#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <string>

namespace throughline {
namespace {

struct Bad {
    std::string what;
    std::string body;
    int status;
    std::string error;
};

std::string nested(int depth) {
    return R"({"name":"A","metadata":{"x":)" + std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']') + "}}";
}

std::int64_t head_of(HttpClient& client) {
    return *body_of(client.get("/api/events?limit=1")).integer("head");
}

} // namespace

TEST_CASE("bad bodies get the contract's error and change nothing") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const std::int64_t before = head_of(client);
    const Bad cases[] = {
        {"not JSON", "{", 400, "malformed_json "},
        {"something after", R"({"name":"A"} x)", 400, "malformed_json "},
        {"no object", R"(["A"])", 422, "invalid_type "},
        {"nothing", "", 400, "malformed_json "},
        {"a NUL", R"({"name":"a\u0000b"})", 400, "malformed_json "},
        {"a lone surrogate", R"({"name":"a\ud800b"})", 400, "malformed_json "},
        {"bad UTF-8", "{\"name\":\"\xff\"}", 400, "malformed_json "},
        {"a double name", R"({"name":"A","name":"B"})", 400, "malformed_json "},
        {"deep", nested(64), 400, "too_deep "},
        {"a long number", R"({"name":"A","metadata":{"n":)" + std::string(41, '1') + "}}", 422,
         "invalid_format /metadata/n"},
        {"a wide exponent", R"({"name":"A","metadata":{"n":1e309}})", 422,
         "invalid_format /metadata/n"},
        {"no name", R"({"email":"a@example.com"})", 422, "required /name"},
        {"a blank name", R"({"name":"  "})", 422, "required /name"},
        {"an unknown field", R"({"name":"A","nmae":"B"})", 422, "unknown_field /nmae"},
        {"a wrong type", R"({"name":1})", 422, "invalid_type /name"},
        {"a wrong choice", R"({"name":"A","status":"nwe"})", 422, "invalid_choice /status"},
        {"a wrong address", R"({"name":"A","email":"a.example.com"})", 422,
         "invalid_format /email"},
        {"a read-only field", R"({"name":"A","version":3})", 422, "read_only /version"},
        {"a long name", R"({"name":")" + std::string(300, 'x') + "\"}", 422, "too_large /name"},
        {"much metadata", R"({"name":"A","metadata":{"x":")" + std::string(17000, 'x') + "\"}}",
         422, "too_large /metadata"},
    };
    for (const Bad& bad : cases) {
        const HttpReply reply = client.post("/api/contacts", bad.body);
        CHECK_MESSAGE(reply.status == bad.status, bad.what << ": " << reply.body);
        CHECK_MESSAGE(first_error(reply) == bad.error, bad.what << ": " << reply.body);
        CHECK(reply.header("Content-Type") == "application/problem+json");
        const Json problem = body_of(reply);
        for (const char* member : {"type", "title", "status", "detail", "instance", "trace_id"})
            CHECK_MESSAGE(problem.find(member) != nullptr, bad.what << " lacks " << member);
    }
    CHECK(head_of(client) == before);
}

TEST_CASE("wrong methods, media types, sizes, tokens and paths") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const HttpReply method = client.request("DELETE", "/api/contacts");
    CHECK(method.status == 405);
    REQUIRE(method.header("Allow").has_value());
    CHECK(method.header("Allow")->find("POST") != std::string::npos);
    CHECK(client
              .post("/api/contacts", "name=A",
                    {{"Content-Type", "application/x-www-form-urlencoded"}})
              .status == 415);
    const HttpReply json_patch =
        client.request("PATCH", "/api/me", "[]", {{"Content-Type", "application/json-patch+json"}});
    CHECK(json_patch.status == 415);
    CHECK(body_of(json_patch).text("detail") ==
          "Takes application/json, application/merge-patch+json in UTF-8.");
    CHECK(
        client.post("/api/contacts", R"({"name":")" + std::string(1'100'000, 'x') + "\"}").status ==
        413);
    CHECK(client.get("/api/contacts/42").status == 404);
    CHECK(client.get("/api/nothing").status == 404);
    CHECK(client.get("/api/contacts?unknown=1").status == 400);
    CHECK(first_error(client.get("/api/contacts?unknown=1")) == "unknown_parameter unknown");
    CHECK(client.get("/api/contacts?filter[email][like]=x").status == 400);
    CHECK(client.get("/health?x=1").status == 400);

    HttpClient nobody = server.anonymous();
    const HttpReply none = nobody.get("/api/contacts");
    CHECK(none.status == 401);
    CHECK(none.header("WWW-Authenticate").has_value());
    for (const std::string token : {"x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."})
        CHECK(nobody.get("/api/contacts", {{"Authorization", "Bearer " + token}}).status == 401);
    CHECK(nobody.get("/health").status == 200);
    CHECK(nobody.get("/ready").status == 200);
    CHECK(nobody.get("/metrics").body.find("http_requests_total") != std::string::npos);
    CHECK(body_of(nobody.get("/openapi.json")).text("openapi").starts_with("3.1"));
    CHECK(body_of(nobody.get("/asyncapi.json")).text("asyncapi").starts_with("3."));
    CHECK(nobody.get("/docs").body.find("<html") != std::string::npos);
}

TEST_CASE("requests that no client library sends") {
    TestServer server;
    const std::uint16_t port = server.process().port();
    const auto answer = [&](const std::string& request) {
        RawConnection connection(port);
        connection.send(request);
        return connection.read_until("\r\n");
    };
    CHECK(answer("GARBAGE\r\n\r\n").find(" 400 ") != std::string::npos);
    CHECK(answer("GET /health HTTP/1.1\r\nHost: x\r\nX: " + std::string(17000, 'x') + "\r\n\r\n")
              .find(" 431 ") != std::string::npos);
    CHECK(answer("POST /api/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: "
                 "2\r\nTransfer-Encoding: chunked\r\n\r\n{}")
              .find(" 400 ") != std::string::npos);
    CHECK(answer("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").find(" 200 ") != std::string::npos);
}

TEST_CASE("a log that cannot be written is told without the database's words") {
    TestServer server;
    HttpClient client = server.new_tenant();
    pqxx::connection database(server.database().url());
    const auto rename = [&](const std::string& from, const std::string& to) {
        pqxx::nontransaction(database).exec0(
            "do $$ begin execute (select 'alter function ' || oid::regprocedure || ' rename to " +
            to + "' from pg_proc where proname = '" + from + "'); end $$");
    };
    rename("append_batch", "kept_away");
    const HttpReply reply = client.post("/api/contacts", R"({"name":"Ada"})");
    CHECK(reply.status == 503);
    CHECK(reply.header("Retry-After").has_value());
    CHECK(body_of(reply).text("detail") == "the log cannot be written now");
    rename("kept_away", "append_batch");
    CHECK(client.post("/api/contacts", R"({"name":"Ada"})").status == 201);
    CHECK(server.process().output().find("append_batch") != std::string::npos);
}

} // namespace throughline
