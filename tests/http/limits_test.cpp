#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

namespace throughline {
namespace {

Environment limited(const std::string& limits) { return {{"THROUGHLINE_RATE_LIMITS", limits}}; }

int count_until_refused(HttpClient& client, const std::string& path, int most) {
    int count = 0;
    while (count < most && client.get(path).status != 429) ++count;
    return count;
}

} // namespace

TEST_CASE("a tenant's requests are limited, and told so by the headers") {
    const TestServer server(limited("rest=30"));
    HttpClient client = server.new_tenant();
    const HttpReply first = client.get("/api/me");
    CHECK(first.status == 200);
    CHECK(first.header("RateLimit-Policy") == R"("rest";q=30;w=60)");
    CHECK(first.header("RateLimit") == R"("rest";r=29;t=2)");
    CHECK_FALSE(first.header("Retry-After"));
    const int more = count_until_refused(client, "/api/contacts", 60);
    CHECK(more >= 29);
    CHECK(more <= 40); // some are filled up meanwhile
    HttpReply refused;
    REQUIRE(wait_until([&] { return (refused = client.get("/api/me")).status == 429; }));
    CHECK(refused.header("Content-Type") == "application/problem+json");
    CHECK(body_of(refused).text("type") == "urn:throughline:problem:too-many-requests");
    CHECK(body_of(refused).text("trace_id").size() == 32);
    const int seconds = std::stoi(refused.header("Retry-After").value_or("0"));
    CHECK(seconds >= 1);
    CHECK(seconds <= 2);
    CHECK(refused.header("RateLimit") == "\"rest\";r=0;t=" + std::to_string(seconds));
    CHECK(refused.header("RateLimit-Policy") == R"("rest";q=30;w=60)");
    // Nothing is written, and another tenant has a quota of its own.
    REQUIRE(wait_until([&] { // one may be filled up meanwhile
        return client.post("/api/contacts", R"({"name":"Too many"})").status == 429;
    }));
    CHECK(server.new_tenant("other@example.com").get("/api/me").status == 200);
    // What it is told to wait for is enough.
    CHECK(wait_until([&] { return client.get("/api/me").status == 200; }));
}

TEST_CASE("without a token an address is limited, with one it is not") {
    const TestServer server(limited("address=8"));
    HttpClient owner = server.new_tenant(); // counts once
    HttpClient stranger = server.anonymous();
    const HttpReply first = stranger.get("/api/contacts");
    CHECK(first.status == 401);
    CHECK(first.header("RateLimit-Policy") == R"("address";q=8;w=60)");
    CHECK(first.header("RateLimit").value_or("").starts_with(R"("address";r=6;t=1)"));
    const HttpHeaders forged = {{"Authorization", "Bearer forged"}};
    int count = 1;
    while (count < 20 && stranger.get("/api/contacts", forged).status == 401) ++count;
    CHECK(count >= 7);
    CHECK(count <= 9);
    HttpReply login;
    CHECK(wait_until([&] {
        login = stranger.post("/api/auth/login", R"({"email":"a@example.com","password":"x"})");
        return login.status == 429;
    }));
    CHECK(login.header("Retry-After"));
    CHECK(owner.get("/api/contacts").status == 200);
}

TEST_CASE("health, readiness, metrics and the documents have no limit") {
    const TestServer server(limited("address=1,rest=1"));
    HttpClient client = server.anonymous();
    for (const char* path :
         {"/health", "/ready", "/metrics", "/openapi.json", "/asyncapi.json", "/docs"})
        for (int i = 0; i < 3; ++i) {
            const HttpReply reply = client.get(path);
            CHECK(reply.status == 200);
            CHECK_FALSE(reply.header("RateLimit"));
            CHECK_FALSE(reply.header("RateLimit-Policy"));
        }
}

TEST_CASE("two servers share the limits of a tenant") {
    TestDatabase database;
    Environment environment = limited("rest=40");
    environment["DATABASE_URL"] = database.url();
    environment["JWT_SECRET"] = std::string(40, 's');
    const ServerProcess one(environment);
    const ServerProcess two(environment);
    const HttpHeaders bearer = {{"Authorization", "Bearer " + register_owner(one.url())}};
    HttpClient first(one.url(), bearer);
    HttpClient second(two.url(), bearer);
    int passed = 0;
    for (int i = 0; i < 100; ++i)
        if ((i % 2 == 0 ? first : second).get("/api/me").status == 200) ++passed;
    CHECK(passed >= 40);
    CHECK(passed <= 60); // what is filled up meanwhile, and no quota for each
}

TEST_CASE("limits can be off, and wrong ones are refused at start") {
    const TestServer server(limited("off"));
    HttpClient client = server.new_tenant();
    const HttpReply reply = client.get("/api/me");
    CHECK(reply.status == 200);
    CHECK_FALSE(reply.header("RateLimit"));
    const FinishedProcess wrong = run_process({{THROUGHLINE_BINARY, "serve"}, limited("ai=many")});
    CHECK(wrong.status == 1);
    CHECK(wrong.output.find("THROUGHLINE_RATE_LIMITS must be `off` or pairs") != std::string::npos);
}

} // namespace throughline
