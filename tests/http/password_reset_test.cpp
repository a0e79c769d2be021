#include "tests/support/mails.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

using namespace throughline;

namespace {

HttpReply ask(const TestServer& server, const std::string& email) {
    return server.anonymous().post("/api/auth/password-reset",
                                   to_text(JsonObject{{"email", email}}));
}

HttpReply confirm(const TestServer& server, const std::string& token,
                  const std::string& password = "battery staple") {
    return server.anonymous().post("/api/auth/password-reset/confirm",
                                   to_text(JsonObject{{"token", token}, {"password", password}}));
}

HttpReply login(const TestServer& server, const std::string& password) {
    return server.anonymous().post(
        "/api/auth/login",
        to_text(JsonObject{{"email", "ada@example.com"}, {"password", password}}));
}

/// The token of the n-th mail, which is waited for.
std::string mailed(TestServer& server, std::size_t n = 1) {
    const auto mails = [&] { return mails_to(server.process().data_folder(), "ada@example.com"); };
    REQUIRE(wait_until([&] { return mails().size() >= n; }));
    return token_in(mails().at(n - 1));
}

} // namespace

TEST_CASE("a forgotten password is replaced once, and every session ends") {
    TestServer server;
    HttpClient client = server.new_tenant("ada@example.com");
    const Json session = body_of(login(server, "correct horse"));
    CHECK(ask(server, "ADA@example.com").status == 202);
    const std::string token = mailed(server);
    CHECK(first_error(confirm(server, token, "short")) == "invalid_format /password");
    CHECK(client.get("/api/me").status == 200);
    CHECK(confirm(server, token).status == 204);
    CHECK(client.get("/api/me").status == 401);
    CHECK(confirm(server, token, "another password").status == 410);
    CHECK(login(server, "correct horse").status == 401);
    CHECK(login(server, "battery staple").status == 200);
    CHECK(server.anonymous()
              .post("/api/auth/refresh",
                    to_text(JsonObject{{"refresh_token", session.text("refresh_token")}}))
              .status == 401);
    const std::string log = server.process().output();
    CHECK(log.find("mail is not delivered: it is written to ") != std::string::npos);
    CHECK(log.find(token) == std::string::npos);
    CHECK(log.find("ada@example.com") == std::string::npos);
}

TEST_CASE("whether an address has an account shows neither in the answer nor in a mail") {
    TestServer server;
    const HttpClient client = server.new_tenant("ada@example.com");
    const HttpReply known = ask(server, "ada@example.com");
    const HttpReply unknown = ask(server, "nobody@example.com");
    CHECK(known.status == 202);
    CHECK(unknown.status == 202);
    CHECK(known.body == unknown.body);
    CHECK(known.header("Content-Type") == unknown.header("Content-Type"));
    static_cast<void>(mailed(server));
    CHECK(mails_to(server.process().data_folder(), "nobody@example.com").empty());
    const HttpReply made_up = confirm(server, "made-up");
    CHECK(made_up.status == 410);
    CHECK(first_error(ask(server, "no address")) == "invalid_format /email");
}

TEST_CASE("a link expires, is void once another was used, and only three are sent") {
    TestServer server;
    const HttpClient client = server.new_tenant("ada@example.com");
    for (int i = 0; i < 5; ++i) CHECK(ask(server, "ada@example.com").status == 202);
    const std::string first = mailed(server, 1);
    const std::string third = mailed(server, 3);
    pqxx::connection database(server.database().url());
    {
        pqxx::work transaction(database);
        CHECK(transaction.exec("select from one_time_tokens").size() == 3);
        CHECK(
            transaction.exec_params("select from one_time_tokens where hash = $1", first).empty());
    }
    CHECK(confirm(server, third).status == 204);
    CHECK(confirm(server, first).status == 410);

    CHECK(ask(server, "ada@example.com").status == 202);
    const std::string late = mailed(server, 4);
    pqxx::work transaction(database);
    transaction.exec("update one_time_tokens set expires_at = clock_timestamp()");
    transaction.commit();
    CHECK(confirm(server, late).status == 410);
    CHECK(login(server, "battery staple").status == 200);
}

TEST_CASE("new passwords stand in the audit log of each of the person's tenants") {
    TestServer server;
    HttpClient ada = server.new_tenant("ada@example.com");
    HttpClient bob = server.new_tenant("bob@example.com");
    const std::string user = body_of(ada.get("/api/me")).find("user")->text("id");
    const Json invited = body_of(
        bob.post("/api/users/invitations", R"({"email":"ada@example.com","role":"admin"})"));
    CHECK(server.anonymous()
              .post("/api/users/invitations/accept",
                    to_text(JsonObject{{"token", token_in(invited.text("accept_url"))},
                                       {"name", "Ada"},
                                       {"password", "correct horse"}}))
              .status == 200);
    CHECK(ada.post("/api/me/password",
                   R"({"current_password":"correct horse","new_password":"another horse"})")
              .status == 204);
    CHECK(ask(server, "ada@example.com").status == 202);
    CHECK(confirm(server, mailed(server, 2)).status == 204);
    HttpClient again(server.url(),
                     {{"Authorization",
                       "Bearer " + body_of(login(server, "battery staple")).text("access_token")}});
    for (HttpClient* const admin : {&again, &bob}) {
        Json page;
        CHECK(wait_until([&] {
            page = body_of(admin->get("/api/audit-logs?action_type=password_change"));
            return page.find("items")->array()->size() == 2;
        }));
        for (const Json& item : *page.find("items")->array()) {
            CHECK(item.text("event") == "user.password_changed");
            CHECK(item.text("entity_id") == user);
            CHECK(item.text("user_id") == user);
        }
        CHECK(*page.find("items")->array()->front().find("after") ==
              Json(JsonObject{{"how", "reset"}}));
        CHECK(*page.find("items")->array()->back().find("after") ==
              Json(JsonObject{{"how", "changed"}}));
    }
    const FinishedProcess verified = server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
}

TEST_CASE("a new password ends other sessions on every server") {
    TestDatabase database;
    const Environment environment{{"DATABASE_URL", database.url()},
                                  {"JWT_SECRET", std::string(40, 's')}};
    const ServerProcess one(environment);
    const ServerProcess other(environment);
    HttpClient mine(one.url(),
                    {{"Authorization", "Bearer " + register_owner(one.url(), "ada@example.com")}});
    const HttpReply session = HttpClient(one.url()).post(
        "/api/auth/login", R"({"email":"ada@example.com","password":"correct horse"})");
    HttpClient elsewhere(other.url(),
                         {{"Authorization", "Bearer " + body_of(session).text("access_token")}});
    CHECK(elsewhere.get("/api/me").status == 200);
    CHECK(mine.post("/api/me/password",
                    R"({"current_password":"correct horse","new_password":"battery staple"})")
              .status == 204);
    CHECK(wait_until([&] { return elsewhere.get("/api/me").status == 401; }));
    CHECK(mine.get("/api/me").status == 200);
}
