#include "tests/support/mails.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

const std::string secret(40, 's');

std::string member(const std::string& email, const std::string& role = "member") {
    return to_text(JsonObject{
        {"name", "Bob"}, {"email", email}, {"role", role}, {"password", "battery staple"}});
}

Json add(HttpClient& client, const std::string& email, const std::string& role = "member") {
    const HttpReply made = client.post("/api/users", member(email, role));
    REQUIRE_MESSAGE(made.status == 201, made.body);
    return body_of(made);
}

HttpReply login(const std::string& url, const std::string& email,
                const std::string& password = "battery staple") {
    return HttpClient(url).post("/api/auth/login",
                                to_text(JsonObject{{"email", email}, {"password", password}}));
}

HttpClient client_of(const std::string& url, const std::string& email) {
    const HttpReply session = login(url, email);
    REQUIRE_MESSAGE(session.status == 200, session.body);
    return HttpClient(url, {{"Authorization", "Bearer " + body_of(session).text("access_token")}});
}

HttpReply change(HttpClient& client, const Json& user, const std::string& patch) {
    return client.request("PATCH", "/api/users/" + user.text("id"), patch);
}

} // namespace

TEST_CASE("users are made, listed, read and changed, and sign in") {
    TestServer server;
    HttpClient owner = server.new_tenant("ada@example.com");
    const HttpReply made = owner.post("/api/users", member("Bob@Example.com"));
    REQUIRE_MESSAGE(made.status == 201, made.body);
    const Json bob = body_of(made);
    CHECK(made.header("Location") == "/api/users/" + bob.text("id"));
    CHECK(bob.text("role") == "member");
    CHECK(*bob.find("active") == Json(true));
    CHECK(body_of(owner.get(*made.header("Location"))) == bob);
    const HttpReply listed =
        owner.get("/api/users?filter[active]=true&sort=name&count=true",
                  {{"Throughline-Min-Position", *made.header("Throughline-Position")}});
    REQUIRE_MESSAGE(listed.status == 200, listed.body);
    const Json page = body_of(listed);
    const JsonArray& items = *page.find("items")->array();
    REQUIRE(items.size() == 2);
    CHECK(items[0] == bob);
    CHECK(items[1].text("role") == "owner");
    CHECK(owner.get("/api/users?filter[active]=maybe").status == 422);

    HttpClient his = client_of(server.url(), "bob@example.com");
    CHECK(body_of(his.get("/api/me")).text("role") == "member");
    CHECK(his.get("/api/users").status == 200);
    CHECK(his.post("/api/users", member("cy@example.com")).status == 403);
    CHECK(change(his, bob, R"({"role":"admin"})").status == 403);

    const HttpReply changed = change(owner, bob, R"({"role":"manager"})");
    REQUIRE_MESSAGE(changed.status == 200, changed.body);
    CHECK(changed.header("ETag") == "\"2\"");
    CHECK(body_of(his.get("/api/me")).text("role") == "manager"); // at once
    CHECK(first_error(change(owner, bob, R"({"name":"Rob"})")) == "read_only /name");
    CHECK(first_error(change(owner, bob, R"({"role":"boss"})")) == "invalid_choice /role");
    CHECK(first_error(change(owner, bob, R"({"active":"no"})")) == "invalid_type /active");
    CHECK(first_error(change(owner, bob, R"({"rank":1})")) == "unknown_field /rank");
    CHECK(owner.get("/api/users/0190a7c0-0000-7000-8000-0000000000ad").status == 404);
    CHECK(server.process().run({"verify"}).status == 0);
}

TEST_CASE("an address that has an account is not made a user over its owner's head") {
    TestServer server;
    HttpClient ada = server.new_tenant("ada@example.com");
    HttpClient eve = server.new_tenant("eve@example.com");
    const HttpReply elsewhere = ada.post("/api/users", member("EVE@example.com"));
    const HttpReply here = ada.post("/api/users", member("ada@example.com"));
    CHECK(elsewhere.status == 409);
    CHECK(first_error(elsewhere) == "taken /email");
    CHECK(first_error(here) == "taken /email");
    CHECK(body_of(elsewhere).text("detail") == body_of(here).text("detail"));
    CHECK(login(server.url(), "eve@example.com", "correct horse").status == 200);
}

TEST_CASE("a repeated key makes one user, and its password is no part of what is kept") {
    TestServer server;
    HttpClient owner = server.new_tenant();
    const HttpHeaders key{{"Idempotency-Key", "bob"}};
    const HttpReply first = owner.post("/api/users", member("bob@example.com"), key);
    REQUIRE_MESSAGE(first.status == 201, first.body);
    const HttpReply again = owner.post("/api/users", member("bob@example.com"), key);
    CHECK(again.status == 201);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(body_of(again).text("id") == body_of(first).text("id"));
    CHECK(owner.post("/api/users", member("cy@example.com"), key).status == 422);
}

TEST_CASE("who is made without a password chooses one by mail") {
    TestServer server;
    HttpClient owner = server.new_tenant();
    CHECK(owner.post("/api/users", R"({"name":"Bob","email":"bob@example.com","role":"viewer"})")
              .status == 201);
    const auto mails = [&] { return mails_to(server.process().data_folder(), "bob@example.com"); };
    REQUIRE(wait_until([&] { return mails().size() == 1; }));
    const std::string token = token_in(mails().front());
    CHECK(server.anonymous()
              .post("/api/auth/password-reset/confirm",
                    to_text(JsonObject{{"token", token}, {"password", "battery staple"}}))
              .status == 204);
    CHECK(login(server.url(), "bob@example.com").status == 200);
}

TEST_CASE("owners are made and changed by owners alone, and the last one stays") {
    TestServer server;
    HttpClient owner = server.new_tenant("ada@example.com");
    const Json ada = *body_of(owner.get("/api/me")).find("user");
    const Json bob = add(owner, "bob@example.com", "admin");
    HttpClient admin = client_of(server.url(), "bob@example.com");
    CHECK(admin.post("/api/users", member("cy@example.com", "owner")).status == 403);
    CHECK(change(admin, bob, R"({"role":"owner"})").status == 403);
    CHECK(change(admin, ada, R"({"role":"member"})").status == 403);
    CHECK(change(admin, ada, R"({"active":false})").status == 403);
    const HttpReply last = change(owner, ada, R"({"role":"admin"})");
    CHECK(last.status == 409);
    CHECK(first_error(last) == "last_owner /role");
    CHECK(first_error(change(owner, ada, R"({"active":false})")) == "last_owner /active");

    REQUIRE(change(owner, bob, R"({"role":"owner"})").status == 200);
    CHECK(change(owner, bob, R"({"active":false})").status == 200);
    CHECK(change(owner, ada, R"({"role":"admin"})").status == 409); // the other is not active
    CHECK(change(owner, bob, R"({"active":true})").status == 200);
    CHECK(change(owner, ada, R"({"role":"admin"})").status == 200);
    CHECK(change(owner, bob, R"({"role":"member"})").status == 403); // an owner no longer
}

TEST_CASE("tokens of who is deactivated die at once, and stay dead") {
    TestServer server;
    HttpClient owner = server.new_tenant("ada@example.com");
    const Json bob = add(owner, "bob@example.com");
    const Json session = body_of(login(server.url(), "bob@example.com"));
    HttpClient his(server.url(), {{"Authorization", "Bearer " + session.text("access_token")}});
    const std::string refresh =
        to_text(JsonObject{{"refresh_token", session.text("refresh_token")}});
    CHECK(his.get("/api/me").status == 200);
    const HttpReply changed = change(owner, bob, R"({"active":false})");
    REQUIRE_MESSAGE(changed.status == 200, changed.body);
    CHECK(*body_of(changed).find("active") == Json(false));
    CHECK(his.get("/api/me").status == 401);
    CHECK(his.post("/api/auth/refresh", refresh).status == 401);
    const HttpReply refused = login(server.url(), "bob@example.com");
    const HttpReply wrong = login(server.url(), "bob@example.com", "wrong horse");
    CHECK(refused.status == 401);
    CHECK(body_of(refused).text("detail") == body_of(wrong).text("detail"));

    const std::string his_contact =
        to_text(JsonObject{{"name", "C"}, {"owner_id", bob.text("id")}});
    CHECK(first_error(owner.post("/api/contacts", his_contact)) == "unknown_reference /owner_id");
    CHECK(first_error(owner.post("/api/contacts", R"({"name":"C","owner":"Bob"})")) ==
          "unknown_reference /owner");

    REQUIRE(change(owner, bob, R"({"active":true})").status == 200);
    CHECK(owner.post("/api/contacts", his_contact).status == 201);
    CHECK(his.get("/api/me").status == 401);
    CHECK(his.post("/api/auth/refresh", refresh).status == 401);
    CHECK(login(server.url(), "bob@example.com").status == 200);
}

TEST_CASE("a deactivation and a new role count on another server as soon as their event arrives") {
    TestDatabase database;
    const Environment environment{{"DATABASE_URL", database.url()}, {"JWT_SECRET", secret}};
    ServerProcess one(environment);
    ServerProcess other(environment);
    HttpClient owner(one.url(), {{"Authorization", "Bearer " + register_owner(one.url())}});
    const Json bob = add(owner, "bob@example.com");
    HttpClient there = client_of(other.url(), "bob@example.com");
    const auto role_there = [&] { return body_of(there.get("/api/me")).text("role"); };
    REQUIRE(role_there() == "member");
    const HttpReply promoted = change(owner, bob, R"({"role":"admin"})");
    REQUIRE_MESSAGE(promoted.status == 200, promoted.body);
    CHECK(wait_until([&] { return there.get("/api/audit-logs").status == 200; }));
    REQUIRE(change(owner, bob, R"({"active":false})").status == 200);
    CHECK(wait_until([&] { return there.get("/api/me").status == 401; }));
}
