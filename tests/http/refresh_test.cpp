#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

using namespace throughline;

namespace {

HttpReply refresh(HttpClient& client, const std::string& token) {
    return client.post("/api/auth/refresh", to_text(JsonObject{{"refresh_token", token}}));
}

Json sign_in(HttpClient& client) {
    const HttpReply reply = client.post(
        "/api/auth/login", R"({"email":"owner@example.com","password":"correct horse"})");
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    return body_of(reply);
}

} // namespace

TEST_CASE(
    "a refresh token that comes back revokes all that descends from its sign-in, and no other") {
    TestServer server;
    static_cast<void>(register_owner(server.url()));
    HttpClient client = server.anonymous();
    const std::string first = sign_in(client).text("refresh_token");
    const std::string elsewhere = sign_in(client).text("refresh_token");
    const std::string second = body_of(refresh(client, first)).text("refresh_token");
    const HttpReply third = refresh(client, second);
    REQUIRE(third.status == 200);
    CHECK(body_of(third).text("refresh_token") != second);
    CHECK(refresh(client, first).status == 401);
    CHECK(refresh(client, body_of(third).text("refresh_token")).status == 401);
    CHECK(refresh(client, elsewhere).status == 200);
    CHECK(refresh(client, "nobody's").status == 401);
}

TEST_CASE("a refresh token that comes back ends the access tokens of its sign-in at once") {
    TestServer server;
    static_cast<void>(register_owner(server.url()));
    HttpClient client = server.anonymous();
    const Json first = sign_in(client);
    const Json elsewhere = sign_in(client);
    const HttpReply second = refresh(client, first.text("refresh_token"));
    REQUIRE(second.status == 200);
    const auto status_with = [&](const Json& session) {
        return HttpClient(server.url(),
                          {{"Authorization", "Bearer " + session.text("access_token")}})
            .get("/api/me")
            .status;
    };
    const std::vector<Json> stolen{first, body_of(second)};
    for (const Json& session : stolen) CHECK(status_with(session) == 200); // it is remembered
    CHECK(refresh(client, first.text("refresh_token")).status == 401);
    for (const Json& session : stolen) CHECK(status_with(session) == 401);
    CHECK(status_with(elsewhere) == 200);
}

TEST_CASE("of requests that spend one refresh token at the same time, one gets the next") {
    TestServer server;
    static_cast<void>(register_owner(server.url()));
    HttpClient client = server.anonymous();
    for (int round = 0; round < 5; ++round) {
        const std::string token = sign_in(client).text("refresh_token");
        std::vector<HttpReply> replies(6);
        std::vector<std::thread> threads;
        for (HttpReply& reply : replies)
            threads.emplace_back([&] {
                HttpClient other = server.anonymous();
                reply = refresh(other, token);
            });
        for (std::thread& thread : threads) thread.join();
        CHECK(std::ranges::count(replies, 200, &HttpReply::status) == 1);
        CHECK(std::ranges::count(replies, 401, &HttpReply::status) == 5);
        // The others were reuse: somebody else has the token too.
        const auto winner = std::ranges::find(replies, 200, &HttpReply::status);
        CHECK(refresh(client, body_of(*winner).text("refresh_token")).status == 401);
    }
}

TEST_CASE("signing out ends the session of either token, and again does no harm") {
    TestServer server;
    static_cast<void>(register_owner(server.url()));
    HttpClient client = server.anonymous();
    const auto sign_out = [&](const std::string& token) {
        return client.post("/api/auth/logout", to_text(JsonObject{{"refresh_token", token}}))
            .status;
    };
    const Json one = sign_in(client);
    const Json two = sign_in(client);
    const std::string next =
        body_of(refresh(client, one.text("refresh_token"))).text("refresh_token");
    CHECK(sign_out(one.text("refresh_token")) == 204); // already spent, the same session
    CHECK(refresh(client, next).status == 401);
    CHECK(sign_out(next) == 204);
    CHECK(sign_out("nobody's") == 204);
    CHECK(refresh(client, two.text("refresh_token")).status == 200);
}
