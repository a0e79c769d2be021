#include "tests/support/gunzip.hpp"
#include "tests/support/sse_stream.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

const HttpHeaders gzip{{"Accept-Encoding", "gzip, deflate, br"}};

/// The same answer with and without gzip; fails the test where they differ.
HttpReply same_text(HttpClient& client, const std::string& path) {
    CAPTURE(path);
    const HttpReply plain = client.get(path);
    HttpReply small = client.get(path, gzip);
    CHECK(plain.status == 200);
    CHECK_FALSE(plain.header("Content-Encoding").has_value());
    REQUIRE(small.header("Content-Encoding").value_or("") == "gzip");
    for (const HttpReply* reply : {&plain, &std::as_const(small)})
        CHECK(reply->header("Vary").value_or("") == "Accept-Encoding");
    CHECK(small.body.size() < plain.body.size());
    CHECK(gunzip(small.body) == plain.body);
    return small;
}

} // namespace

TEST_CASE("lists, documents and exports come in gzip for those who take it") {
    TestServer server;
    HttpClient client = server.new_tenant();
    std::string position;
    for (int i = 0; i < 450; ++i) {
        const HttpReply reply =
            client.post("/api/contacts", R"({"name":"Contact )" + std::to_string(i) + "\"}");
        REQUIRE(reply.status == 201);
        position = reply.header("Throughline-Position").value();
    }
    REQUIRE(client.get("/api/contacts", {{"Throughline-Min-Position", position}}).status == 200);
    const HttpReply list = same_text(client, "/api/contacts?sort=name");
    CHECK(list.header("Content-Length").value_or("") == std::to_string(list.body.size()));
    same_text(client, "/api/events?limit=100");
    same_text(client, "/openapi.json");
    same_text(client, "/asyncapi.json");
    same_text(client, "/docs");
    for (const std::string path : {"/api/contacts/export?format=csv&sort=name",
                                   "/api/contacts/export?format=ndjson&sort=name"}) {
        const HttpReply file = same_text(client, path);
        CHECK(file.header("Transfer-Encoding").value_or("") == "chunked");
        CHECK_FALSE(file.header("Content-Length").has_value());
    }
    CHECK(client.get("/metrics", gzip).header("Content-Encoding").value_or("") == "gzip");

    const HttpReply head = client.request("HEAD", "/openapi.json", std::nullopt, gzip);
    CHECK(head.status == 200);
    const HttpReply whole = client.get("/openapi.json", gzip);
    for (const char* const name : {"Content-Encoding", "Content-Length", "Vary"})
        CHECK_MESSAGE(head.header(name) == whole.header(name), name);
    CHECK_FALSE(client.get("/health", gzip).header("Vary").has_value());
    const std::string one =
        body_of(client.get("/api/contacts?limit=1")).find("items")->array()->front().text("id");
    const HttpReply record = client.get("/api/contacts/" + one, gzip);
    CHECK(record.header("ETag").value_or("") == "\"1\"");
    CHECK_FALSE(record.header("Content-Encoding").has_value());
}

TEST_CASE("an event stream comes as it is, whatever the client takes") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const std::string ticket = body_of(client.post("/api/events/tickets", "")).text("ticket");
    SseStream stream(server.url() + "/api/events/stream?from=0&ticket=" + ticket, gzip);
    CHECK(stream.reply().status == 200);
    CHECK_FALSE(stream.reply().header("Content-Encoding").has_value());
    const auto first = stream.next();
    REQUIRE(first.has_value());
    CHECK(parse_json(first->data).text("type") == "tenant.created");
}
