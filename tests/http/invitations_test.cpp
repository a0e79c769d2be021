#include "tests/support/mails.hpp"
#include "tests/support/smtp_sink.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

using namespace throughline;

namespace {

HttpReply invite(HttpClient& client, const std::string& email, const std::string& role = "sales") {
    return client.post("/api/users/invitations",
                       to_text(JsonObject{{"email", email}, {"role", role}}));
}

HttpReply accept(const TestServer& server, const std::string& token,
                 const std::string& password = "battery staple") {
    return server.anonymous().post(
        "/api/users/invitations/accept",
        to_text(JsonObject{{"token", token}, {"name", "Bob"}, {"password", password}}));
}

std::string token_of(const HttpReply& invited) {
    REQUIRE_MESSAGE(invited.status == 201, invited.body);
    return token_in(body_of(invited).text("accept_url"));
}

JsonArray listed(HttpClient& client, const HttpReply& after, const std::string& query = "") {
    const HttpReply page =
        client.get("/api/users/invitations" + query,
                   {{"Throughline-Min-Position", *after.header("Throughline-Position")}});
    REQUIRE_MESSAGE(page.status == 200, page.body);
    return *body_of(page).find("items")->array();
}

std::vector<std::string> members_of(const Json& body) {
    std::vector<std::string> names;
    for (const JsonMember& member : *body.object()) names.push_back(member.name);
    return names;
}

} // namespace

TEST_CASE("who is invited accepts once and is signed in") {
    TestServer server(Environment{{"FRONTEND_URL", "https://crm.example/"}});
    HttpClient owner = server.new_tenant("ada@example.com");
    const HttpReply invited = invite(owner, "bob@example.com");
    const std::string token = token_of(invited);
    CHECK(body_of(invited).text("accept_url") ==
          "https://crm.example/accept-invitation?token=" + token);
    CHECK(invited.header("Location") == "/api/users/invitations/" + body_of(invited).text("id"));
    const auto mails = mails_to(server.process().data_folder(), "bob@example.com");
    REQUIRE(mails.size() == 1);
    CHECK(token_in(mails.front()) == token);
    const JsonArray waiting = listed(owner, invited);
    REQUIRE(waiting.size() == 1);
    CHECK(waiting[0].text("email") == "bob@example.com");
    CHECK(to_text(waiting[0]).find(token) == std::string::npos);
    CHECK(body_of(owner.get(*invited.header("Location"))) == waiting[0]);

    const HttpReply accepted = accept(server, token);
    REQUIRE_MESSAGE(accepted.status == 200, accepted.body);
    const Json session = body_of(accepted);
    CHECK(session.find("user")->text("role") == "sales");
    HttpClient his(server.url(), {{"Authorization", "Bearer " + session.text("access_token")}});
    CHECK(body_of(his.get("/api/me")).find("user")->text("name") == "Bob");
    CHECK(his.get("/api/users/invitations").status == 403);
    CHECK(accept(server, token).status == 410);
    CHECK(listed(owner, accepted).empty());
    CHECK(listed(owner, accepted, "?filter[status]=accepted")[0].text("member") == "Bob");
    CHECK(first_error(invite(owner, "bob@example.com")) == "taken /email");
    CHECK(server.process().run({"verify"}).status == 0);
}

TEST_CASE("no secret of an invitation is in the log of events") {
    TestServer server;
    HttpClient owner = server.new_tenant("ada@example.com");
    const std::string token = token_of(invite(owner, "bob@example.com"));
    const HttpReply events = owner.get("/api/events?limit=1000");
    CHECK(events.body.find("invitation.created") != std::string::npos);
    CHECK(events.body.find(token) == std::string::npos);
    pqxx::connection database(server.database().url());
    pqxx::work transaction(database);
    CHECK(transaction.exec_params("select from one_time_tokens where hash = $1", token).empty());
    CHECK(transaction.exec("select from one_time_tokens").size() == 1);
}

TEST_CASE("an invitation that was revoked or has expired opens nothing") {
    TestServer server;
    HttpClient owner = server.new_tenant("ada@example.com");
    const HttpReply revoked = invite(owner, "bob@example.com");
    const std::string path = *revoked.header("Location");
    CHECK(owner.request("DELETE", path).status == 204);
    CHECK(owner.request("DELETE", path).status == 404);
    const HttpReply after_revocation = accept(server, token_of(revoked));
    CHECK(after_revocation.status == 410);

    const std::string late = token_of(invite(owner, "cy@example.com"));
    pqxx::connection database(server.database().url());
    pqxx::work transaction(database);
    transaction.exec("update one_time_tokens set expires_at = clock_timestamp()");
    transaction.commit();
    const HttpReply expired = accept(server, late);
    CHECK(expired.status == 410);
    const HttpReply unknown = accept(server, "made-up");
    CHECK(unknown.status == 410);
    CHECK(body_of(expired).text("detail") == body_of(unknown).text("detail"));
    CHECK(body_of(after_revocation).text("detail") == body_of(unknown).text("detail"));
}

TEST_CASE("whoever has an account joins a second tenant with its password") {
    TestServer server;
    HttpClient ada = server.new_tenant("ada@example.com");
    HttpClient bob = server.new_tenant("bob@example.com");
    const HttpReply known = invite(ada, "BOB@example.com", "viewer");
    const HttpReply unknown = invite(ada, "nobody@example.com", "viewer");
    CHECK(known.status == unknown.status);
    CHECK(members_of(body_of(known)) == members_of(body_of(unknown)));
    const std::string token = token_of(known);
    CHECK(accept(server, token, "not his password").status == 401);
    const HttpReply accepted = accept(server, token, "correct horse");
    REQUIRE_MESSAGE(accepted.status == 200, accepted.body);
    CHECK(body_of(accepted).find("tenant")->text("slug") == "tenant-of-ada-example-com");

    const Json me = body_of(bob.get("/api/me"));
    REQUIRE(me.find("tenants")->array()->size() == 2);
    CHECK(me.text("role") == "owner");
    const HttpHeaders in_hers{{"X-Tenant-ID", "tenant-of-ada-example-com"}};
    const Json there = body_of(bob.get("/api/me", in_hers));
    CHECK(there.text("role") == "viewer");
    CHECK(there.find("user")->text("id") == me.find("user")->text("id"));
    CHECK(bob.get("/api/audit-logs", in_hers).status == 403);
    // In the tenant that he left he is a stranger; his own is as it was.
    CHECK(ada.request("PATCH", "/api/users/" + me.find("user")->text("id"), R"({"active":false})")
              .status == 200);
    CHECK(bob.get("/api/me", in_hers).status == 403);
    CHECK(bob.get("/api/me").status == 200);
    CHECK(body_of(bob.get("/api/me")).find("tenants")->array()->size() == 1);
    CHECK(server.process().run({"verify"}).status == 0);
}

TEST_CASE("only an owner invites an owner, and what is wrong is named") {
    TestServer server;
    HttpClient owner = server.new_tenant("ada@example.com");
    const Json session =
        body_of(accept(server, token_of(invite(owner, "bob@example.com", "admin"))));
    HttpClient admin(server.url(), {{"Authorization", "Bearer " + session.text("access_token")}});
    CHECK(invite(admin, "cy@example.com", "owner").status == 403);
    CHECK(invite(owner, "cy@example.com", "owner").status == 201);
    CHECK(first_error(invite(owner, "cy")) == "invalid_format /email");
    CHECK(first_error(invite(owner, "cy@example.com", "boss")) == "invalid_choice /role");
    CHECK(first_error(server.anonymous().post("/api/users/invitations/accept",
                                              R"({"token":"x","name":"B","password":"short"})")) ==
          "invalid_format /password");
    CHECK(server.anonymous().get("/api/users/invitations").status == 401);
}

TEST_CASE("with a mail server invitations go there") {
    const SmtpSink sink;
    TestServer server{{{"SMTP_SERVER", "127.0.0.1"},
                       {"SMTP_PORT", std::to_string(sink.port())},
                       {"THROUGHLINE_MAIL_FROM", "crm@example.com"}}};
    HttpClient owner = server.new_tenant();
    REQUIRE(owner.post("/api/users/invitations", R"({"email":"bob@example.com","role":"sales"})")
                .status == 201);
    REQUIRE(wait_until([&] { return sink.messages().size() == 1; }));
    const auto message = sink.messages().front();
    CHECK(message.envelope.text("from") == "crm@example.com");
    CHECK(to_text(*message.envelope.find("to")) == R"(["bob@example.com"])");
    CHECK_FALSE(std::filesystem::exists(server.process().data_folder() / "mail"));
}
