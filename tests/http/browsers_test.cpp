#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace throughline {
namespace {

const std::string app = "https://app.example.com";

Environment with_origins(const std::string& origins) {
    return {{"THROUGHLINE_CORS_ORIGINS", origins}};
}

HttpReply preflight(HttpClient& client, const std::string& origin) {
    return client.request("OPTIONS", "/api/contacts", std::nullopt,
                          {{"Origin", origin},
                           {"Access-Control-Request-Method", "POST"},
                           {"Access-Control-Request-Headers", "authorization,content-type"}});
}

bool lists(const HttpReply& reply, const std::string& header, const std::string& token) {
    return ("," + reply.header(header).value_or("") + ",").find(token) != std::string::npos;
}

} // namespace

TEST_CASE("pages of listed origins may call, with credentials") {
    const TestServer server(with_origins(app + ",http://localhost:3000"));
    HttpClient client = server.anonymous();
    const HttpReply asked = preflight(client, app);
    CHECK(asked.status == 204);
    CHECK(asked.header("Access-Control-Allow-Origin") == app);
    CHECK(asked.header("Access-Control-Allow-Credentials") == "true");
    CHECK(lists(asked, "Access-Control-Allow-Methods", "POST"));
    for (const char* name : {"Authorization", "Content-Type", "Idempotency-Key", "If-Match",
                             "Throughline-Min-Position", "X-Tenant-ID", "traceparent"})
        CHECK_MESSAGE(lists(asked, "Access-Control-Allow-Headers", name), name);
    CHECK(asked.header("Access-Control-Max-Age"));
    CHECK(asked.header("Vary") == "Origin");

    HttpClient owner = server.new_tenant();
    const HttpReply made =
        owner.post("/api/contacts", R"({"name":"Ada"})", {{"Origin", "http://localhost:3000"}});
    CHECK(made.status == 201);
    CHECK(made.header("Access-Control-Allow-Origin") == "http://localhost:3000");
    for (const char* name :
         {"ETag", "Location", "Preference-Applied", "Throughline-Position", "RateLimit",
          "RateLimit-Policy", "Retry-After", "Idempotency-Replayed"})
        CHECK_MESSAGE(lists(made, "Access-Control-Expose-Headers", name), name);
    // Refusals are read by pages too.
    for (const char* path : {"/api/contacts", "/api/nothing"})
        CHECK(client.get(path, {{"Origin", app}}).header("Access-Control-Allow-Origin") == app);
}

TEST_CASE("pages of other origins may not") {
    const TestServer server(with_origins(app));
    HttpClient client = server.anonymous();
    for (const std::string origin : {"https://evil.example.com", "http://app.example.com", "null",
                                     "https://app.example.com.evil.com", "https://APP.example.com"})
        for (const HttpReply& reply :
             {preflight(client, origin), client.get("/api/contacts", {{"Origin", origin}})}) {
            CHECK_FALSE(reply.header("Access-Control-Allow-Origin"));
            CHECK_FALSE(reply.header("Access-Control-Allow-Credentials"));
            CHECK_FALSE(reply.header("Access-Control-Allow-Methods"));
            CHECK(reply.header("Vary") == "Origin");
        }
}

TEST_CASE("without an allow list nobody may, and * takes all without credentials") {
    const TestServer closed;
    HttpClient client = closed.anonymous();
    CHECK_FALSE(preflight(client, app).header("Access-Control-Allow-Origin"));
    const TestServer open(with_origins("*"));
    HttpClient other = open.anonymous();
    const HttpReply reply = preflight(other, app);
    CHECK(reply.header("Access-Control-Allow-Origin") == "*");
    CHECK_FALSE(reply.header("Access-Control-Allow-Credentials"));
}

TEST_CASE("a wrong allow list is refused at start") {
    for (const char* wrong : {"app.example.com", "https://app.example.com/", "https://", "ftp://a",
                              "https://a,", "https://a b", "https://*.example.com"}) {
        const FinishedProcess refused =
            run_process({{THROUGHLINE_BINARY, "serve"}, with_origins(wrong)});
        CHECK_MESSAGE(refused.status == 1, wrong);
        CHECK(refused.output.find("THROUGHLINE_CORS_ORIGINS has ") != std::string::npos);
    }
}

TEST_CASE("every answer says how it may be treated") {
    const TestServer server;
    HttpClient client = server.new_tenant();
    for (const char* path :
         {"/api/contacts", "/api/nothing", "/health", "/docs", "/openapi.json"}) {
        const HttpReply reply = client.get(path);
        CHECK(reply.header("X-Content-Type-Options") == "nosniff");
        CHECK(reply.header("Referrer-Policy") == "no-referrer");
        CHECK(reply.header("Cache-Control") == "no-store");
        CHECK(lists(reply, "Content-Security-Policy", "default-src 'none'"));
        CHECK(lists(reply, "Content-Security-Policy", "frame-ancestors 'none'"));
        CHECK_FALSE(reply.header("Strict-Transport-Security")); // there is no TLS here
        CHECK(reply.header("traceparent").value_or("").size() == 55);
    }
}

TEST_CASE("a trace goes into the event, the answer and the problem") {
    const TestServer server;
    HttpClient client = server.new_tenant();
    const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    const HttpHeaders headers = {{"traceparent", "00-" + trace + "-00f067aa0ba902b7-01"},
                                 {"tracestate", "vendor=1,other=2"}};
    const HttpReply made = client.post("/api/contacts", R"({"name":"Ada"})", headers);
    REQUIRE(made.status == 201);
    CHECK(made.header("traceparent").value_or("").substr(3, 32) == trace);
    const Json log = body_of(client.get("/api/events?types=contact.created"));
    CHECK(log.find("items")->array()->front().text("traceparent").substr(3, 32) == trace);
    const HttpReply refused = client.post("/api/contacts", "{}", headers);
    CHECK(body_of(refused).text("trace_id") == trace);
    const HttpReply replaced =
        client.post("/api/contacts", "{}", {{"traceparent", "00-" + trace + "-0-01"}});
    CHECK(body_of(replaced).text("trace_id").size() == 32);
    CHECK(body_of(replaced).text("trace_id") != trace);
}

} // namespace throughline
