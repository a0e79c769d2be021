#include "api/session/jws.hpp"
#include "tests/support/mails.hpp"
#include "tests/support/signing_key.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <thread>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

const std::string secret = "the project's secret, as Supabase shows it";

HttpHeaders bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }

JsonObject claims_of(const std::string& email, const std::string& tenant,
                     const std::string& role = "manager") {
    const auto at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return {
        {"iss", "https://project.supabase.co/auth/v1"},
        {"aud", "authenticated"},
        {"exp", (at + 1h).time_since_epoch().count()},
        {"iat", at.time_since_epoch().count()},
        {"sub", "subject of " + email},
        {"email", email},
        {"app_metadata", JsonObject{{"provider", "email"}, {"role", role}, {"tenant_id", tenant}}},
        {"user_metadata", JsonObject{{"full_name", "Sue Base"}}},
        {"role", "authenticated"}};
}

std::string supabase(const JsonObject& claims) { return sign_jws(to_text(claims), secret); }

std::string tenant_id(HttpClient& client) {
    return body_of(client.get("/api/me")).find("tenant")->text("id");
}

/// A provider that shows its keys over HTTP.
class KeyPage {
  public:
    KeyPage()
        : server_({{"python3", "-m", "http.server", std::to_string(port_), "--bind", "127.0.0.1",
                    "--directory", folder_.path().string()},
                   {}},
                  folder_.path() / "output") {}
    void show(JsonArray keys) const {
        const auto draft = folder_.path() / "draft";
        std::ofstream(draft) << key_set_text(std::move(keys));
        std::filesystem::rename(draft, folder_.path() / "keys.json");
    }
    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(port_) + "/keys.json";
    }

  private:
    TemporaryFolder folder_;
    std::uint16_t port_ = free_port();
    ChildProcess server_;
};

} // namespace

TEST_CASE(
    "a user of Supabase works at the first call, in the tenant and role that their token names") {
    TestServer server({{"SUPABASE_JWT_SECRET", secret}});
    HttpClient owner = server.new_tenant();
    const std::string tenant = tenant_id(owner);
    HttpClient sue(server.url(), bearer(supabase(claims_of("sue@example.com", tenant))));
    const Json contact = create_contact(sue, R"({"name":"Ada"})");
    CHECK(contact.text("owner") == "Sue Base");
    const Json me = body_of(sue.get("/api/me"));
    CHECK(me.find("user")->text("email") == "sue@example.com");
    CHECK(me.text("role") == "manager");
    CHECK(me.find("tenant")->text("id") == tenant);
    // A later token of the same subject is the same user, by slug too and with another address.
    JsonObject later = claims_of(
        "sue@example.com", body_of(owner.get("/api/me")).find("tenant")->text("slug"), "viewer");
    later.set("email", "sue@elsewhere.example");
    HttpClient again(server.url(), bearer(supabase(later)));
    CHECK(body_of(again.get("/api/me")).find("user")->text("id") == me.find("user")->text("id"));
    CHECK(body_of(again.get("/api/me")).text("role") == "viewer");
    CHECK(again.get("/api/audit-logs").status == 403);
    // Whom the tenant has put out stays out, whatever the provider says.
    const std::string sue_id = me.find("user")->text("id");
    REQUIRE(owner.request("PATCH", "/api/users/" + sue_id, R"({"active":false})").status == 200);
    CHECK(sue.get("/api/contacts").status == 401);
    JsonObject anew = claims_of("sue@example.com", tenant, "owner");
    anew.append("session_id", "another");
    CHECK(HttpClient(server.url(), bearer(supabase(anew))).get("/api/contacts").status == 403);
    // How the membership came about is told.
    const Json created = body_of(owner.get("/api/events?types=user.created&kind=user"));
    const Json event = created.find("items")->array()->back();
    CHECK(event.text("actortype") == "sync");
    CHECK(event.text("channel") == "sync");
    CHECK(event.find("data")->text("email") == "sue@example.com");
    const FinishedProcess verified = server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
}

TEST_CASE("who has an account with the address is that person, and a token counts in its own "
          "tenant alone") {
    TestServer server({{"SUPABASE_JWT_SECRET", secret}});
    HttpClient acme = server.new_tenant("ada@example.com");
    HttpClient other = server.new_tenant("bob@example.com");
    const Json ada = body_of(acme.get("/api/me"));
    const std::string of_ada = ada.find("tenant")->text("id");
    HttpClient same(server.url(), bearer(supabase(claims_of("Ada@example.com", of_ada, "owner"))));
    CHECK(body_of(same.get("/api/me")).find("user")->text("id") == ada.find("user")->text("id"));
    // Ada's provider makes her a guest of the other tenant; that opens nothing in hers.
    HttpClient guest(server.url(),
                     bearer(supabase(claims_of("ada@example.com", tenant_id(other), "viewer"))));
    CHECK(guest.get("/api/contacts").status == 200);
    CHECK(guest.get("/api/contacts", {{"X-Tenant-ID", of_ada}}).status == 403);
    const std::string ticket = body_of(guest.request("POST", "/api/events/tickets")).text("ticket");
    HttpClient nobody = server.anonymous();
    CHECK(nobody.get("/api/events/stream?ticket=" + ticket, {{"X-Tenant-ID", of_ada}}).status ==
          403);
    JsonObject unverified = claims_of("bob@example.com", of_ada, "owner");
    unverified.set("sub", "somebody else");
    unverified.append("email_verified", false);
    CHECK(HttpClient(server.url(), bearer(supabase(unverified))).get("/api/contacts").status ==
          403);
}

TEST_CASE("who claims an address that is not verified shares no account with whose it is") {
    TestServer server({{"SUPABASE_JWT_SECRET", secret}});
    HttpClient corp = server.new_tenant("cora@example.com");
    const std::string tenant = tenant_id(corp);
    JsonObject claimed = claims_of("alice@example.com", tenant);
    claimed.set("sub", "somebody else");
    claimed.append("email_verified", false);
    HttpClient claimant(server.url(), bearer(supabase(claimed)));
    HttpClient alice(server.url(), bearer(supabase(claims_of("alice@example.com", tenant))));
    const auto shown = [](HttpClient& who) { return *body_of(who.get("/api/me")).find("user"); };
    const Json first = shown(claimant);
    CHECK(first.text("email") == "alice@example.com");
    CHECK(shown(alice).text("email") == "alice@example.com");
    CHECK(shown(alice).text("id") != first.text("id"));
    claimed.append("session_id", "another");
    HttpClient again(server.url(), bearer(supabase(claimed)));
    CHECK(shown(again).text("id") == first.text("id"));
    const FinishedProcess verified = server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
}

TEST_CASE("a provider's role leaves a tenant its last owner") {
    TestServer server({{"SUPABASE_JWT_SECRET", secret}});
    HttpClient ada = server.new_tenant("ada@example.com");
    const std::string tenant = tenant_id(ada);
    const auto me = [&](JsonObject claims, int call) {
        claims.append("session_id", call); // a token that was not seen before
        return body_of(HttpClient(server.url(), bearer(supabase(claims))).get("/api/me"));
    };
    const Json alone = me(claims_of("ada@example.com", tenant, "viewer"), 1);
    CHECK(alone.text("role") == "viewer"); // the token's is in force
    CHECK(alone.find("user")->text("role") == "owner");
    const Json bob = me(claims_of("bob@example.com", tenant, "owner"), 2);
    CHECK(bob.find("user")->text("role") == "owner");
    const Json ada_now = me(claims_of("ada@example.com", tenant, "viewer"), 3);
    CHECK(ada_now.find("user")->text("role") == "viewer");
    const Json bob_now = me(claims_of("bob@example.com", tenant, "admin"), 4);
    CHECK(bob_now.find("user")->text("role") == "owner");
    const FinishedProcess verified = server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
}

TEST_CASE("who registered an address before its owner came through their provider is out") {
    TestServer server({{"SUPABASE_JWT_SECRET", secret}});
    HttpClient corp = server.new_tenant("cora@example.com");
    const std::string tenant = tenant_id(corp);
    HttpClient hijacker = server.new_tenant("alice@example.com");
    const std::string user = body_of(hijacker.get("/api/me")).find("user")->text("id");
    const auto sign_in = [&](const std::string& password) {
        return server.anonymous().post(
            "/api/auth/login",
            to_text(JsonObject{{"email", "alice@example.com"}, {"password", password}}));
    };
    const HttpReply before = sign_in("correct horse");
    REQUIRE(before.status == 200);
    HttpClient alice(server.url(), bearer(supabase(claims_of("alice@example.com", tenant))));
    CHECK(body_of(alice.get("/api/me")).find("user")->text("id") == user);
    CHECK(sign_in("correct horse").status == 401);
    const Json old = JsonObject{{"refresh_token", body_of(before).text("refresh_token")}};
    CHECK(server.anonymous().post("/api/auth/refresh", to_text(old)).status == 401);
    CHECK(wait_until(
        [&] { return hijacker.get("/api/contacts", {{"X-Tenant-ID", tenant}}).status == 401; }));
    // Whoever reads the address's mail may choose a password, which later tokens leave alone.
    CHECK(server.anonymous()
              .post("/api/auth/password-reset", R"({"email":"alice@example.com"})")
              .status == 202);
    const auto mails = [&] {
        return mails_to(server.process().data_folder(), "alice@example.com");
    };
    REQUIRE(wait_until([&] { return mails().size() == 1; }));
    CHECK(server.anonymous()
              .post("/api/auth/password-reset/confirm",
                    to_text(JsonObject{{"token", token_in(mails().front())},
                                       {"password", "battery staple"}}))
              .status == 204);
    JsonObject later = claims_of("alice@example.com", tenant);
    later.append("session_id", "another");
    HttpClient again(server.url(), bearer(supabase(later)));
    CHECK(again.get("/api/contacts").status == 200);
    CHECK(sign_in("battery staple").status == 200);
    const FinishedProcess verified = server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
}

TEST_CASE("an unknown role or tenant has no access, a forged or expired token is none") {
    TestServer server({{"SUPABASE_JWT_SECRET", secret}});
    HttpClient owner = server.new_tenant();
    const std::string tenant = tenant_id(owner);
    HttpClient client = server.anonymous();
    const auto status = [&](const JsonObject& claims) {
        return client.get("/api/contacts", bearer(supabase(claims))).status;
    };
    JsonObject plain = claims_of("sue@example.com", tenant);
    plain.set("app_metadata", JsonObject{{"tenant_id", tenant}});
    CHECK(status(plain) == 403); // "authenticated" is no role here
    CHECK(status(claims_of("sue@example.com", tenant, "emperor")) == 403);
    CHECK(status(claims_of("sue@example.com", "nowhere")) == 403);
    CHECK(status(claims_of("sue@example.com", "")) == 403);
    CHECK(status(claims_of("sue@example.com", "0190a7c0-0000-7000-8000-0000000000ad")) == 403);
    JsonObject expired = claims_of("sue@example.com", tenant);
    expired.set("exp", *Json(expired).integer("iat") - 3600);
    CHECK(status(expired) == 401);
    const std::string good = supabase(claims_of("sue@example.com", tenant));
    CHECK(client.get("/api/contacts", bearer(good + "A")).status == 401);
    CHECK(client.get("/api/contacts", bearer(sign_jws(to_text(plain), secret + "x"))).status ==
          401);
    CHECK(body_of(owner.get("/api/events?types=user.created")).find("items")->array()->size() == 1);
    CHECK(client.get("/api/contacts", bearer(good)).status == 200);
}

TEST_CASE("of many first calls at once one makes the member") {
    TestServer server({{"SUPABASE_JWT_SECRET", secret}});
    HttpClient owner = server.new_tenant();
    const std::string tenant = tenant_id(owner);
    std::vector<int> statuses(8);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < statuses.size(); ++i)
        threads.emplace_back([&, i] {
            JsonObject claims = claims_of("sue@example.com", tenant);
            claims.append("session_id", static_cast<std::int64_t>(i));
            HttpClient client(server.url(), bearer(supabase(claims)));
            statuses[i] = client.get("/api/contacts").status;
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(statuses == std::vector<int>(8, 200));
    CHECK(body_of(owner.get("/api/events?types=user.created")).find("items")->array()->size() == 2);
}

TEST_CASE("keys come from JWKS_URL, and a rotated one counts at the next token") {
    const SigningKey rsa = SigningKey::rsa();
    const SigningKey ec = SigningKey::ec();
    const KeyPage page;
    page.show({rsa.jwk("r1")});
    TestServer server({{"JWKS_URL", page.url()},
                       {"THROUGHLINE_JWT_ISSUER", "https://project.supabase.co/auth/v1"},
                       {"THROUGHLINE_JWT_AUDIENCE", "authenticated"}});
    HttpClient owner = server.new_tenant();
    HttpClient client = server.anonymous();
    const JsonObject claims = claims_of("sue@example.com", tenant_id(owner));
    const auto status = [&](const std::string& token) {
        return client.get("/api/contacts", bearer(token)).status;
    };
    CHECK(wait_until([&] { return status(rsa.token("r1", claims)) == 200; }));
    CHECK(status(ec.token("e1", claims)) == 401);
    page.show({ec.jwk("e1")});
    CHECK(wait_until([&] { return status(ec.token("e1", claims)) == 200; }));
    JsonObject fresh = claims;
    fresh.append("session_id", "not seen before");
    CHECK(status(rsa.token("r1", fresh)) == 401);
    CHECK(status(sign_segments(ec.token("e1", claims).substr(0, ec.token("e1", claims).rfind('.')),
                               *ec.jwk().find("x")->string())) == 401);
    JsonObject wrong = claims;
    wrong.set("aud", "another application");
    CHECK(status(ec.token("e1", wrong)) == 401);
    wrong = claims;
    wrong.set("iss", "https://other.supabase.co/auth/v1");
    CHECK(status(ec.token("e1", wrong)) == 401);
    CHECK(status(sign_jws(to_text(claims), secret)) == 401);
}

TEST_CASE("while the provider's keys were never to be had, its tokens are asked to come again") {
    TestServer server({{"JWKS_URL", "http://127.0.0.1:" + std::to_string(free_port()) + "/keys"}});
    HttpClient owner = server.new_tenant();
    const HttpReply refused = server.anonymous().get(
        "/api/contacts",
        bearer(SigningKey::ec().token("e1", claims_of("sue@example.com", tenant_id(owner)))));
    CHECK(refused.status == 503);
    CHECK(refused.header("Retry-After").has_value());
    CHECK(owner.get("/api/contacts").status == 200);
}
