#include "tests/support/mails.hpp"
#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace throughline;

namespace {

// How often an address may call at all is another matter.
const Environment many_requests{{"THROUGHLINE_RATE_LIMITS", "address=1000000"},
                                {"JWT_SECRET", std::string(40, 's')}};

HttpReply login(const std::string& url, const std::string& email, const std::string& password) {
    return HttpClient(url).post("/api/auth/login",
                                to_text(JsonObject{{"email", email}, {"password", password}}));
}

/// The statuses of so many wrong guesses, counted.
std::map<int, int> guesses(const std::string& url, const std::string& email, int count) {
    std::map<int, int> statuses;
    for (int i = 0; i < count; ++i) ++statuses[login(url, email, "wrong horse").status];
    return statuses;
}

using Statuses = std::map<int, int>;

} // namespace

TEST_CASE("an account takes ten wrong passwords, whether or not it exists") {
    TestServer server(many_requests);
    const HttpClient client = server.new_tenant("ada@example.com");
    for (const std::string email : {"ada@example.com", "nobody@example.com"}) {
        CHECK(guesses(server.url(), email, 12) == Statuses{{401, 10}, {429, 2}});
        const HttpReply refused = login(server.url(), email, "correct horse");
        CHECK(refused.status == 429);
        CHECK(body_of(refused).text("type") == "urn:throughline:problem:too-many-requests");
        const int wait = std::stoi(refused.header("Retry-After").value_or("0"));
        CHECK(wait >= 1);
        CHECK(wait <= 30);
        CHECK(refused.header("RateLimit") == "\"guess\";r=0;t=" + std::to_string(wait));
        CHECK(refused.header("RateLimit-Policy") == R"("guess";q=10;w=300)");
    }
    CHECK(login(server.url(), " ADA@example.com", "correct horse").status == 429);
}

TEST_CASE("wrong passwords from elsewhere do not keep an account's person out") {
    Environment behind_proxy = many_requests;
    behind_proxy["THROUGHLINE_TRUSTED_PROXIES"] = "127.0.0.1";
    TestServer server(behind_proxy);
    const HttpClient client = server.new_tenant("ada@example.com");
    const auto guess = [&](const std::string& password, const std::string& address) {
        const Json body = JsonObject{{"email", "ada@example.com"}, {"password", password}};
        return HttpClient(server.url())
            .post("/api/auth/login", to_text(body), {{"X-Forwarded-For", address}})
            .status;
    };
    for (int i = 0; i < 10; ++i) CHECK(guess("wrong horse", "203.0.113.9") == 401);
    CHECK(guess("correct horse", "203.0.113.9") == 429);
    CHECK(guess("correct horse", "192.0.2.7") == 200);
}

TEST_CASE("a right password is not counted") {
    TestServer server(many_requests);
    const HttpClient client = server.new_tenant("ada@example.com");
    for (int i = 0; i < 15; ++i)
        CHECK(login(server.url(), "ada@example.com", "correct horse").status == 200);
    CHECK(guesses(server.url(), "ada@example.com", 9) == Statuses{{401, 9}});
    CHECK(login(server.url(), "ada@example.com", "correct horse").status == 200);
}

TEST_CASE("guesses at one's own password and at links are counted too") {
    TestServer server(many_requests);
    HttpClient client = server.new_tenant("ada@example.com");
    const auto ask = [](HttpClient& as, const std::string& path, const std::string& body) {
        Statuses statuses;
        for (int i = 0; i < 11; ++i) ++statuses[as.post(path, body).status];
        return statuses;
    };
    CHECK(ask(client, "/api/me/password",
              R"({"current_password":"wrong","new_password":"battery staple"})") ==
          Statuses{{422, 10}, {429, 1}});
    HttpClient nobody = server.anonymous();
    CHECK(ask(nobody, "/api/users/invitations/accept",
              R"({"token":"made-up","name":"Eve","password":"battery staple"})") ==
          Statuses{{410, 10}, {429, 1}});
    CHECK(ask(nobody, "/api/auth/password-reset/confirm",
              R"({"token":"made-up-too","password":"battery staple"})") ==
          Statuses{{410, 10}, {429, 1}});
}

TEST_CASE(
    "what is sent under the key of a new password is a guess at it, and a repeat a right one") {
    TestServer server(many_requests);
    HttpClient client = server.new_tenant("ada@example.com");
    const auto change = [&](const std::string& to) {
        const Json body = JsonObject{{"current_password", "correct horse"}, {"new_password", to}};
        return client.post("/api/me/password", to_text(body), {{"Idempotency-Key", "k"}}).status;
    };
    for (int i = 0; i < 15; ++i) CHECK(change("battery staple") == 204);
    for (int i = 0; i < 10; ++i) CHECK(change("wrong horse " + std::to_string(i)) == 422);
    CHECK(change("wrong horse") == 429);
}

TEST_CASE("guesses at an account by several invitations count as those at sign-in do") {
    TestServer server(many_requests);
    HttpClient mallory = server.new_tenant("mallory@example.com");
    const HttpClient ada = server.new_tenant("ada@example.com");
    const auto accepting = [&](const std::string& token, const std::string& password) {
        return server.anonymous()
            .post("/api/users/invitations/accept",
                  to_text(JsonObject{{"token", token}, {"name", "Ada"}, {"password", password}}))
            .status;
    };
    std::vector<std::string> tokens;
    for (int i = 0; i < 2; ++i) {
        const HttpReply invited = mallory.post("/api/users/invitations",
                                               R"({"email":"ADA@example.com","role":"viewer"})");
        REQUIRE_MESSAGE(invited.status == 201, invited.body);
        tokens.push_back(token_in(body_of(invited).text("accept_url")));
    }
    for (int i = 0; i < 4; ++i)
        for (const std::string& token : tokens) CHECK(accepting(token, "wrong horse") == 401);
    CHECK(guesses(server.url(), "ada@example.com", 3) == Statuses{{401, 2}, {429, 1}});
    for (const std::string& token : tokens) CHECK(accepting(token, "correct horse") == 429);
}

TEST_CASE("limits that are off limit no guesses") {
    TestServer server(Environment{{"THROUGHLINE_RATE_LIMITS", "off"}});
    CHECK(guesses(server.url(), "ada@example.com", 15) == Statuses{{401, 15}});
}
