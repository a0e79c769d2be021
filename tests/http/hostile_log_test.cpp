#include "tests/support/private_postgres.hpp"
#include "tests/support/raw_connection.hpp"
#include "tests/support/sse_stream.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace throughline {
namespace {

/// What must never stand in a log, and a tour through everything that could put it there.
struct Secrets {
    std::string password = "Pa55word-of-Olive";
    std::string wrong_password = "Gue55ed-at-random";
    std::string email = "olive.secret@example.com";
    std::string person = "Zebediah Quill";
    std::string access;
    std::string refresh;
    std::string ticket;

    [[nodiscard]] std::vector<std::string> all() const {
        std::vector<std::string> out = {password, wrong_password, email, person,
                                        access,   refresh,        ticket};
        // A part of a token is a secret too: its signature, or its payload.
        for (const std::string& token : {access, ticket}) {
            out.push_back(token.substr(token.rfind('.') + 1));
            out.push_back(token.substr(token.find('.') + 1, 40));
        }
        return out;
    }

    void sign_in(const std::string& url) {
        HttpClient client(url);
        const Json session =
            body_of(client.post("/api/auth/register", to_text(JsonObject{{"tenant_name", "T"},
                                                                         {"name", person},
                                                                         {"email", email},
                                                                         {"password", password}})));
        access = session.text("access_token");
        refresh = session.text("refresh_token");
        client.set_header("Authorization", "Bearer " + access);
        ticket = body_of(client.post("/api/events/tickets", "")).text("ticket");
        REQUIRE_FALSE(ticket.empty());
    }

    void go_everywhere(const std::string& url) const {
        HttpClient client(url);
        client.set_timeout(std::chrono::seconds(3)); // writes wait for the database
        const auto ask = [&](const std::string& method, const std::string& path,
                             const std::optional<std::string>& body, const HttpHeaders& headers) {
            try {
                (void)client.request(method, path, body, headers);
            } catch (const std::runtime_error&) {
                // Out of time: what was asked is under way all the same.
            }
        };
        const auto post = [&](const std::string& path, const std::string& body,
                              const HttpHeaders& headers = {}) {
            ask("POST", path, body, headers);
        };
        const auto get = [&](const std::string& path, const HttpHeaders& headers = {}) {
            ask("GET", path, std::nullopt, headers);
        };
        const HttpHeaders bearer = {{"Authorization", "Bearer " + access}};
        const auto login = [&](const std::string& word) {
            post("/api/auth/login", R"({"email":")" + email + R"(","password":")" + word + "\"}");
        };
        login(password);
        login(wrong_password);
        post("/api/auth/login", R"({"password":")" + password + "\"");
        post("/api/auth/login", R"({"passwrod":")" + password + "\"}");
        post("/api/auth/" + password, "{}");
        post("/api/auth/refresh", R"({"refresh_token":")" + refresh + "x\"}");
        post("/api/me/password", R"({"password":")" + wrong_password + R"(","new":"x"})", bearer);
        post("/api/contacts", R"({"name":")" + person + R"(","email":")" + email + "\"}", bearer);
        get("/api/contacts?q=" + email, bearer);
        get("/api/contacts?access_token=" + access);
        get("/api/contacts?limit=" + access, bearer);
        get("/api/contacts/" + access, bearer);
        get("/api/contacts", {{"Authorization", "Bearer " + access + "x"}});
        get("/api/contacts", {{"Authorization", "Basic " + access}});
        get("/api/events?ticket=" + ticket);
        get("/api/events/stream?ticket=" + ticket + "x");
        get("/api/events/stream?tickett=" + ticket);
        get("/api/events/stream?limit=%&ticket=" + ticket);
        post("/api/contacts/import", "name,email\n" + person + "," + email + "\n",
             {{"Authorization", "Bearer " + access},
              {"Content-Type", "text/csv"},
              {"Prefer", "wait=30"}});
        const SseStream stream(url + "/api/events/stream?ticket=" + ticket);
    }
};

} // namespace

TEST_CASE("no secret and nobody's data is logged, whatever goes wrong") {
    PrivatePostgres postgres(PrivatePostgres::Durability::none);
    ServerProcess server({{"DATABASE_URL", postgres.url()}});
    Secrets secrets;
    secrets.sign_in(server.url());
    secrets.go_everywhere(server.url());
    RawConnection garbage(server.port());
    garbage.send("GET /api/events/stream?ticket=" + secrets.ticket +
                 " HTTP/1.1\r\nAuthorization: Bearer " + secrets.access + "\r\n\r\n");
    CHECK(garbage.read_to_end().starts_with("HTTP/1.1 400 "));

    // Faults are logged: with their cause, and not with what was asked.
    postgres.stop();
    secrets.go_everywhere(server.url());
    CHECK(wait_until(
        [&] { return server.output().find("\"level\":\"error\"") != std::string::npos; }));
    postgres.start();
    CHECK(wait_until([&] { return HttpClient(server.url()).get("/ready").status == 200; }));
    CHECK(server.terminate() == 0);

    const std::string log = server.output();
    for (const std::string& secret : secrets.all())
        CHECK_MESSAGE(log.find(secret) == std::string::npos, secret);
}

TEST_CASE("what a client says cannot forge a line of the log") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const std::string forged = R"(x"}{"level":"error","msg":"forged"})";
    CHECK(client.get("/api/contacts", {{"X-Tenant-ID", forged}}).status == 403);
    const std::string log = server.process().output();
    CHECK(log.find("access denied") != std::string::npos);
    CHECK(log.find(R"("level":"error")") == std::string::npos);
}

} // namespace throughline
