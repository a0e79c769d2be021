#include "tests/support/tenant.hpp"

#include "api/session/jws.hpp"
#include "domain/time.hpp"
#include "tests/support/wait.hpp"

#include <chrono>
#include <doctest/doctest.h>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

const std::string secret = "0123456789abcdef0123456789abcdef";

std::string registration(const std::string& email, const std::string& more = "") {
    return R"({"tenant_name":"Acme","name":"Ada","email":")" + email +
           R"(","password":"correct horse")" + more + "}";
}

std::string credentials(const std::string& email, const std::string& password) {
    return to_text(JsonObject{{"email", email}, {"password", password}});
}

std::string refresh(const std::string& token) {
    return to_text(JsonObject{{"refresh_token", token}});
}

HttpHeaders bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }

} // namespace

TEST_CASE("register, login, me, refresh, logout") {
    TestServer server;
    HttpClient client = server.anonymous();
    const HttpReply registered = client.post("/api/auth/register", registration("Ada@Example.com"));
    REQUIRE_MESSAGE(registered.status == 201, registered.body);
    CHECK(registered.header("Location").has_value());
    CHECK(registered.header("Throughline-Position").has_value());
    CHECK(registered.header("Cache-Control") == "no-store");
    const Json session = body_of(registered);
    CHECK(session.find("user")->text("email") == "Ada@Example.com");
    CHECK(session.find("user")->text("role") == "owner");
    CHECK(session.find("tenant")->text("slug") == "acme");
    CHECK(session.text("token_type") == "Bearer");
    CHECK(session.integer("expires_in") == 3600);

    const HttpReply login =
        client.post("/api/v1/auth/login", credentials("ada@example.com", "correct horse"));
    REQUIRE_MESSAGE(login.status == 200, login.body);
    const std::string access = body_of(login).text("access_token");
    const Json me = body_of(client.get("/api/me", bearer(access)));
    CHECK(me.find("user")->text("name") == "Ada");
    CHECK(me.find("tenant")->text("name") == "Acme");
    CHECK(me.text("role") == "owner");
    REQUIRE(me.find("tenants")->array()->size() == 1);
    CHECK(me.find("tenants")->array()->front().text("role") == "owner");

    const std::string first = body_of(login).text("refresh_token");
    const HttpReply refreshed = client.post("/api/auth/refresh", refresh(first));
    REQUIRE(refreshed.status == 200);
    const std::string second = body_of(refreshed).text("refresh_token");
    CHECK(client.get("/api/me", bearer(body_of(refreshed).text("access_token"))).status == 200);
    CHECK(client.post("/api/auth/refresh", refresh(first)).status == 401);
    CHECK(client.post("/api/auth/refresh", refresh(second)).status == 401);

    CHECK(client.post("/api/auth/logout", refresh(session.text("refresh_token"))).status == 204);
    CHECK(client.post("/api/auth/refresh", refresh(session.text("refresh_token"))).status == 401);
    const Json again =
        body_of(client.post("/api/auth/login", credentials("ada@example.com", "correct horse")));
    CHECK(
        client.request("POST", "/api/auth/logout", std::nullopt, bearer(again.text("access_token")))
            .status == 204);
    CHECK(client.post("/api/auth/refresh", refresh(again.text("refresh_token"))).status == 401);
    CHECK(client.get("/api/me", bearer(again.text("access_token"))).status == 401);
    CHECK(client.request("POST", "/api/auth/logout").status == 401);
    const Json last =
        body_of(client.post("/api/auth/login", credentials("ada@example.com", "correct horse")));
    CHECK(client.post("/api/auth/logout", "{}", bearer(last.text("access_token"))).status == 204);
    CHECK(client.get("/api/me", bearer(last.text("access_token"))).status == 401);
}

TEST_CASE("what registration and login refuse") {
    TestServer server;
    HttpClient client = server.anonymous();
    REQUIRE(
        client
            .post("/api/auth/register", registration("ada@example.com", R"(,"tenant_slug":"acme")"))
            .status == 201);
    const HttpReply taken = client.post("/api/auth/register", registration("ADA@example.com"));
    CHECK(taken.status == 409);
    CHECK(first_error(taken) == "taken /email");
    const HttpReply slug = client.post("/api/auth/register",
                                       registration("bob@example.com", R"(,"tenant_slug":"acme")"));
    CHECK(slug.status == 409);
    CHECK(first_error(slug) == "taken /tenant_slug");
    CHECK(body_of(client.post("/api/auth/register", registration("bob@example.com")))
              .find("tenant")
              ->text("slug") == "acme-2");
    const HttpReply invalid =
        client.post("/api/auth/register", registration("nobody", R"(,"role":"owner")"));
    CHECK(invalid.status == 422);
    CHECK(body_of(invalid).find("errors")->array()->size() == 2);
    const HttpReply wrong =
        client.post("/api/auth/login", credentials("ada@example.com", "wrong horse"));
    const HttpReply unknown =
        client.post("/api/auth/login", credentials("cy@example.com", "correct horse"));
    CHECK(wrong.status == 401);
    CHECK(wrong.header("WWW-Authenticate").has_value());
    CHECK(body_of(wrong).text("detail") == body_of(unknown).text("detail"));
    // The key means nothing here: a second login is a login.
    const HttpHeaders key{{"Idempotency-Key", "once"}};
    const auto login = credentials("ada@example.com", "correct horse");
    const HttpReply one = client.post("/api/auth/login", login, key);
    const HttpReply two = client.post("/api/auth/login", login, key);
    CHECK(two.status == 200);
    CHECK(body_of(one).text("refresh_token") != body_of(two).text("refresh_token"));
    CHECK_FALSE(two.header("Idempotency-Replayed").has_value());
}

TEST_CASE("people change their name, time zone, locale and password") {
    TestServer server;
    HttpClient client = server.new_tenant("ada@example.com");
    const HttpReply changed = client.request(
        "PATCH", "/api/me", R"({"name":"Ada L.","timezone":"Europe/Paris","locale":"fr"})");
    REQUIRE_MESSAGE(changed.status == 200, changed.body);
    CHECK(changed.header("ETag") == "\"2\"");
    CHECK(body_of(changed).find("user")->text("timezone") == "Europe/Paris");
    CHECK(body_of(client.get("/api/me")).find("user")->text("name") == "Ada L.");
    const HttpReply same = client.request("PATCH", "/api/me", R"({"name":"Ada L."})");
    CHECK(same.status == 200);
    CHECK(same.header("Throughline-Position").has_value());
    CHECK(
        client.request("PATCH", "/api/me", R"({"locale":"en"})", {{"If-Match", "\"1\""}}).status ==
        412);
    CHECK(first_error(client.request("PATCH", "/api/me", R"({"role":"admin"})")) ==
          "read_only /role");
    CHECK(first_error(client.request("PATCH", "/api/me", R"({"timezone":"Mars/Olympus"})")) ==
          "invalid_format /timezone");
    CHECK(first_error(client.request("PATCH", "/api/me", R"({"nmae":"x"})")) ==
          "unknown_field /nmae");

    CHECK(client
              .post("/api/me/password",
                    R"({"current_password":"wrong","new_password":"battery staple"})")
              .status == 422);
    CHECK(client
              .post("/api/me/password",
                    R"({"current_password":"correct horse","new_password":"battery staple"})")
              .status == 204);
    CHECK(client.post("/api/auth/login", credentials("ada@example.com", "correct horse")).status ==
          401);
    CHECK(client.post("/api/auth/login", credentials("ada@example.com", "battery staple")).status ==
          200);
}

TEST_CASE("a token that is forged, for somebody else, or expired opens nothing") {
    TestServer server({{"JWT_SECRET", secret}, {"THROUGHLINE_ACCESS_TOKEN_SECONDS", "10"}});
    HttpClient client = server.anonymous();
    const Json session =
        body_of(client.post("/api/auth/register", registration("ada@example.com")));
    const std::string token = session.text("access_token");
    CHECK(session.integer("expires_in") == 10);
    CHECK(client.get("/api/me", bearer(token)).status == 200);
    JsonObject claims = verify_jws(token, secret).value();
    claims.set("role", "emperor");
    CHECK(client.get("/api/me", bearer(sign_jws(to_text(claims), secret))).status == 401);
    claims.set("role", "viewer");
    const HttpReply as_viewer = client.get("/api/me", bearer(sign_jws(to_text(claims), secret)));
    CHECK(body_of(as_viewer).text("role") == "owner");
    CHECK(client.get("/api/me", bearer(token + "=")).status == 401);
    CHECK(
        client
            .get("/api/me", bearer(sign_jws(to_text(claims), "another secret of thirty-two bytes")))
            .status == 401);
    const HttpReply none = client.get("/api/me");
    CHECK(none.status == 401);
    CHECK(none.header("WWW-Authenticate").has_value());
    CHECK(wait_until([&] { return client.get("/api/me", bearer(token)).status == 401; }));
}

TEST_CASE("X-Tenant-ID takes the caller's own tenants, another's is refused and logged") {
    TestServer server;
    HttpClient ada = server.new_tenant("ada@example.com");
    HttpClient bob = server.new_tenant("bob@example.com");
    const Json mine = body_of(ada.get("/api/me"));
    const Json theirs = body_of(bob.get("/api/me"));
    CHECK(ada.get("/api/me", {{"X-Tenant-ID", mine.find("tenant")->text("id")}}).status == 200);
    CHECK(ada.get("/api/me", {{"X-Tenant-ID", mine.find("tenant")->text("slug")}}).status == 200);
    CHECK_FALSE(server.process().output().find("access denied") != std::string::npos);
    CHECK(ada.get("/api/me", {{"X-Tenant-ID", theirs.find("tenant")->text("slug")}}).status == 403);
    CHECK(ada.get("/api/me", {{"X-Tenant-ID", theirs.find("tenant")->text("id")}}).status == 403);
    CHECK(ada.get("/api/me", {{"X-Tenant-ID", "nobody"}}).status == 403);
    CHECK(wait_until([&] {
        return server.process().output().find(R"("msg":"access denied")") != std::string::npos;
    }));
    const HttpReply posing = ada.get(
        "/api/me", {{"X-User-Id", theirs.find("user")->text("id")}, {"X-User-Role", "viewer"}});
    CHECK(body_of(posing).find("user")->text("id") == mine.find("user")->text("id"));
}

TEST_CASE("token issue prints a token that the server takes") {
    TestServer server;
    const auto issued = server.process().run({"token", "issue", "--email", "new@example.com"});
    REQUIRE_MESSAGE(issued.status == 0, issued.output);
    // The line on standard error may stand before or after it.
    const auto begin = issued.output.find("eyJ");
    REQUIRE(begin != std::string::npos);
    const std::string token = issued.output.substr(begin, issued.output.find('\n', begin) - begin);
    HttpClient client = server.anonymous();
    const HttpReply me = client.get("/api/me", bearer(token));
    REQUIRE_MESSAGE(me.status == 200, issued.output);
    CHECK(body_of(me).find("user")->text("email") == "new@example.com");
    CHECK(body_of(me).find("tenant")->text("slug") == "new");
}

TEST_CASE("a change of oneself that is sent again tells what it answered") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const HttpHeaders once{{"Idempotency-Key", "k"}};
    const HttpReply first =
        client.request("PATCH", "/api/me", R"({"name":"Ada","locale":"en"})", once);
    REQUIRE_MESSAGE(first.status == 200, first.body);
    CHECK(body_of(first).find("user")->text("name") == "Ada");
    REQUIRE(client.request("PATCH", "/api/me", R"({"name":"Bea","locale":null})").status == 200);
    const HttpReply again =
        client.request("PATCH", "/api/me", R"({"name":"Ada","locale":"en"})", once);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(again.body == first.body);
    CHECK(again.header("ETag") == first.header("ETag"));
    CHECK(again.header("Throughline-Position") == first.header("Throughline-Position"));
    CHECK(body_of(client.get("/api/me")).find("user")->text("name") == "Bea");
}

TEST_CASE("a changed time zone counts from the next request on") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    const auto audited_since = [&](std::chrono::sys_days day) {
        const std::string date = to_rfc3339(Time(day)).substr(0, 10);
        const Json page = body_of(client.get("/api/audit-logs?start_date=" + date));
        return page.find("pagination")->integer("total").value_or(-1);
    };
    REQUIRE(wait_until([&] { return audited_since(today) > 0; }));
    CHECK(audited_since(today + std::chrono::days(1)) == 0);
    // There tomorrow begins at 10:00 UTC today; in Niue today begins at 11:00 UTC.
    CHECK(client.request("PATCH", "/api/me", R"({"timezone":"Pacific/Kiritimati"})").status == 200);
    const bool is_tomorrow_there = std::chrono::system_clock::now() - today >= 10h;
    CHECK((audited_since(today + std::chrono::days(1)) > 0) == is_tomorrow_there);
    CHECK(client.request("PATCH", "/api/me", R"({"timezone":"Pacific/Niue"})").status == 200);
    const bool is_yesterday_there = std::chrono::system_clock::now() - today < 11h;
    CHECK((audited_since(today) == 0) == is_yesterday_there);
}
