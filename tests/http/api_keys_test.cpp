#include "domain/time.hpp"
#include "tests/support/mails.hpp"
#include "tests/support/sse_stream.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

HttpHeaders bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }

Json make_key(HttpClient& owner, const std::string& more = R"("role":"member")") {
    const HttpReply made = owner.post("/api/api-keys", R"({"name":"CI",)" + more + "}");
    REQUIRE_MESSAGE(made.status == 201, made.body);
    CHECK(made.header("Location") == "/api/api-keys/" + body_of(made).text("id"));
    return body_of(made);
}

HttpClient client_of(const TestServer& server, const Json& made) {
    return HttpClient(server.url(), bearer(made.text("key")));
}

} // namespace

TEST_CASE("a key is shown once, opens the API, and is only known by its beginning afterwards") {
    TestServer server;
    HttpClient owner = server.new_tenant();
    const Json made = make_key(owner);
    const std::string key = made.text("key");
    CHECK(key.starts_with("tlk_"));
    CHECK(key.size() == 47);
    HttpClient program = client_of(server, made);
    const Json contact = create_contact(program, R"({"name":"Ada"})");
    CHECK(program.get("/api/contacts/" + contact.text("id")).status == 200);
    // What a key makes is its maker's, so that it does not become nobody's.
    const Json me = body_of(owner.get("/api/me"));
    CHECK(contact.text("owner_id") == me.find("user")->text("id"));
    CHECK(contact.text("owner") == me.find("user")->text("name"));

    const HttpReply listed = owner.get("/api/api-keys");
    REQUIRE(listed.status == 200);
    CHECK(listed.body.find(key) == std::string::npos);
    REQUIRE(body_of(listed).find("items")->array()->size() == 1);
    const Json item = body_of(listed).find("items")->array()->front();
    CHECK(item.text("prefix") == key.substr(0, 12));
    CHECK(item.text("user") == me.find("user")->text("name"));
    CHECK(item.find("last_used_at")->string() != nullptr);
    CHECK(body_of(owner.get("/api/api-keys/" + made.text("id"))) == item);

    pqxx::connection database(server.database().url());
    pqxx::nontransaction read(database);
    CHECK(read.exec("select from api_keys where hash like '%" + key.substr(4) + "%'").empty());
    CHECK(read.exec("select from events where data::text like '%" + key.substr(12) + "%'").empty());
    CHECK(server.process().output().find(key.substr(4)) == std::string::npos);
}

TEST_CASE("what a key does is told as the key's doing") {
    TestServer server;
    HttpClient owner = server.new_tenant();
    const Json made = make_key(owner);
    HttpClient program = client_of(server, made);
    const HttpReply created = program.post("/api/contacts", R"({"name":"Ada"})");
    REQUIRE(created.status == 201);
    const HttpHeaders seen{{"Throughline-Min-Position", *created.header("Throughline-Position")}};
    const Json events = body_of(owner.get("/api/events?types=contact.created"));
    const Json event = events.find("items")->array()->front();
    CHECK(event.text("actortype") == "api_key");
    CHECK(event.text("channel") == "api_key");
    CHECK(event.text("actorid") == made.text("id"));
    const Json logs = body_of(owner.get("/api/audit-logs?channel=api_key", seen));
    REQUIRE(logs.find("items")->array()->size() == 1);
    const Json item = logs.find("items")->array()->front();
    CHECK(item.text("user_id") == made.text("id"));
    CHECK(item.find("user")->text("name") == "CI");
    const Json keys = body_of(owner.get("/api/audit-logs?entity_type=api_key", seen));
    REQUIRE(keys.find("items")->array()->size() == 1);
    CHECK(keys.find("items")->array()->front().text("event") == "api_key.created");
}

TEST_CASE("a deleted or expired key opens nothing, at once") {
    TestServer server;
    HttpClient owner = server.new_tenant();
    const Json made = make_key(owner);
    HttpClient program = client_of(server, made);
    CHECK(program.get("/api/contacts").status == 200);
    CHECK(owner.request("DELETE", "/api/api-keys/" + made.text("id")).status == 204);
    const HttpReply refused = program.get("/api/contacts");
    CHECK(refused.status == 401);
    CHECK(refused.header("WWW-Authenticate").has_value());
    CHECK(owner.request("DELETE", "/api/api-keys/" + made.text("id")).status == 404);
    CHECK(owner.get("/api/api-keys/" + made.text("id")).status == 404);
    CHECK(body_of(owner.get("/api/api-keys")).find("items")->array()->empty());

    const auto soon =
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now() + 10s);
    const Json brief =
        make_key(owner, R"("role":"member","expires_at":")" + to_rfc3339(soon) + "\"");
    HttpClient late = client_of(server, brief);
    CHECK(late.get("/api/contacts").status == 200);
    CHECK(wait_until([&] { return late.get("/api/contacts").status == 401; }));
    for (const std::string& wrong :
         {std::string("tlk_"), std::string("tlk_") + std::string(43, 'A'), made.text("key") + "A",
          made.text("prefix")})
        CHECK(HttpClient(server.url(), bearer(wrong)).get("/api/contacts").status == 401);
}

TEST_CASE("a key has its role and its scopes, and no more") {
    TestServer server;
    HttpClient owner = server.new_tenant();
    HttpClient viewer = client_of(server, make_key(owner, R"("role":"viewer")"));
    CHECK(viewer.get("/api/contacts").status == 200);
    CHECK(viewer.get("/api/api-keys").status == 403);
    HttpClient reader = client_of(
        server,
        make_key(owner, R"("role":"admin","scopes":["contacts:read","organizations:write"])"));
    CHECK(reader.get("/api/contacts").status == 200);
    CHECK(reader.post("/api/contacts", R"({"name":"Ada"})").status == 403);
    CHECK(server.anonymous()
              .get("/metrics")
              .body.find(R"(access_denied_total{permission="records.create"} 1)") !=
          std::string::npos);
    CHECK(reader.get("/api/organizations").status == 403);
    CHECK(reader.post("/api/organizations", R"({"name":"Acme"})").status == 201);
    for (const char* path : {"/api/events", "/api/audit-logs", "/api/me", "/api/events/stream"})
        CHECK_MESSAGE(reader.get(path).status == 403, path);
    // A key does not make itself at home.
    HttpClient admin = client_of(server, make_key(owner, R"("role":"admin")"));
    CHECK(admin.get("/api/api-keys").status == 200);
    CHECK(admin.post("/api/api-keys", R"({"name":"More","role":"viewer"})").status == 403);
    CHECK(admin.request("PATCH", "/api/me", R"({"name":"X"})").status == 403);
    CHECK(admin.request("POST", "/api/events/tickets").status == 403);
    CHECK(admin.get("/api/automations/signing-secret").status == 403);
    CHECK(first_error(owner.post("/api/api-keys",
                                 R"({"name":"x","role":"member","scopes":["nothing:read"]})")) ==
          "invalid_choice /scopes/0");
}

TEST_CASE("a key saves no rule that reaches further than its scopes do") {
    TestServer server;
    HttpClient owner = server.new_tenant();
    const auto key = [&](const std::string& scopes) {
        return client_of(server, make_key(owner, R"("role":"admin","scopes":[)" + scopes + "]"));
    };
    const auto rule = [](const std::string& action) {
        return R"({"name":"R","trigger":{"type":"event","event":"contact.created"},"actions":[)" +
               action + "]}";
    };
    const std::string rules = "/api/automations";
    const std::string mail =
        rule(R"({"type":"email.send","to_email":"a@example.com","subject":"S"})");
    const std::string change = rule(R"({"type":"contact.update","changes":{"status":"active"}})");
    const std::string any =
        rule(R"({"type":"update_status","entity_id":"{{contact.id}}","new_status":"active"})");
    HttpClient blind = key(R"("automations:write")");
    const HttpReply unseen = blind.post(rules, mail);
    CHECK(unseen.status == 403);
    CHECK(body_of(unseen).text("detail").find("contacts:read") != std::string::npos);
    HttpClient reader = key(R"("read","automations:write")");
    CHECK(reader.post(rules, mail).status == 201);
    const HttpReply unwritten = reader.post(rules, change);
    CHECK(unwritten.status == 403);
    CHECK(body_of(unwritten).text("detail").find("contacts:write") != std::string::npos);
    HttpClient writer = key(R"("read","contacts:write","automations:write")");
    CHECK(writer.post(rules, change).status == 201);
    CHECK(writer.post(rules, any).status == 403);
    CHECK(key(R"("read","write")").post(rules, any).status == 201);
    CHECK(client_of(server, make_key(owner, R"("role":"admin")")).post(rules, any).status == 201);
    // Of somebody else's rule it may stop what it may not start.
    const std::string path = *owner.post(rules, change).header("Location");
    CHECK(reader.request("PATCH", path, R"({"name":"Mine"})").status == 403);
    CHECK(reader.request("POST", path + "/disable").status == 200);
    CHECK(reader.request("POST", path + "/enable").status == 403);
    CHECK(reader.request("POST", path + "/versions/1/restore").status == 403);
    CHECK(reader.request("DELETE", path).status == 204);
    CHECK(reader.request("POST", path + "/restore").status == 403);
    CHECK(writer.request("POST", path + "/restore").status == 200);
    CHECK(key(R"("read","automation:write")")
              .post("/api/v1/automation/rules",
                    R"({"name":"M","module_type":"crm","trigger_id":"contact_created","actions":[
                        {"type":"create_task","parameters":{"title":"Call"}}]})")
              .status == 403);
}

TEST_CASE("a key opens no address that starts a rule beyond its scopes") {
    TestServer server;
    HttpClient owner = server.new_tenant();
    const HttpReply made = owner.post("/api/automations",
                                      R"({"name":"R","trigger":{"type":"webhook"},"actions":[
                     {"type":"contact.update","id":"{{id}}","changes":{"status":"active"}}]})");
    REQUIRE_MESSAGE(made.status == 201, made.body);
    const std::string path = *made.header("Location") + "/hook";
    const auto opening = [&](const std::string& scopes) {
        return client_of(server, make_key(owner, R"("role":"admin","scopes":[)" + scopes + "]"))
            .request("POST", path);
    };
    const HttpReply blind = opening(R"("automations:write")");
    CHECK(blind.status == 403);
    CHECK(blind.body.find("/api/hooks/") == std::string::npos);
    CHECK(opening(R"("read","automations:write")").status == 403);
    CHECK(opening(R"("read","contacts:write","automations:write")").status == 201);
    CHECK(owner.request("POST", path).status == 201);
}

TEST_CASE("a key ends with its maker, and never has more than they") {
    TestServer server;
    HttpClient owner = server.new_tenant();
    const HttpReply added = owner.post(
        "/api/users",
        R"({"name":"Bob","email":"bob@example.com","role":"admin","password":"correct horse"})");
    REQUIRE_MESSAGE(added.status == 201, added.body);
    const std::string bob = body_of(added).text("id");
    const Json session = body_of(server.anonymous().post(
        "/api/auth/login", R"({"email":"bob@example.com","password":"correct horse"})"));
    HttpClient admin(server.url(), bearer(session.text("access_token")));
    CHECK(first_error(admin.post("/api/api-keys", R"({"name":"CI","role":"owner"})")) ==
          "invalid_choice /role");
    HttpClient program = client_of(server, make_key(admin, R"("role":"admin")"));
    CHECK(program.get("/api/api-keys").status == 200);
    const auto change = [&](const std::string& patch) {
        return owner.request("PATCH", "/api/users/" + bob, patch).status;
    };
    REQUIRE(change(R"({"role":"viewer"})") == 200);
    CHECK(program.get("/api/api-keys").status == 403);
    CHECK(program.get("/api/contacts").status == 200);
    REQUIRE(change(R"({"active":false})") == 200);
    CHECK(program.get("/api/contacts").status == 401);
    REQUIRE(change(R"({"active":true,"role":"admin"})") == 200);
    CHECK(program.get("/api/api-keys").status == 200);
}

TEST_CASE("a key is its tenant's alone") {
    TestServer server;
    HttpClient acme = server.new_tenant("ada@example.com");
    HttpClient other = server.new_tenant("bob@example.com");
    const Json made = make_key(acme);
    HttpClient program = client_of(server, made);
    const std::string slug = body_of(other.get("/api/me")).find("tenant")->text("slug");
    CHECK(program.get("/api/contacts", {{"X-Tenant-ID", slug}}).status == 403);
    const std::string own = body_of(acme.get("/api/me")).find("tenant")->text("slug");
    CHECK(program.get("/api/contacts", {{"X-Tenant-ID", own}}).status == 200);
    CHECK(other.get("/api/api-keys/" + made.text("id")).status == 404);
    CHECK(other.request("DELETE", "/api/api-keys/" + made.text("id")).status == 404);
    CHECK(body_of(other.get("/api/api-keys")).find("items")->array()->empty());
    // Its maker's other tenants are not its own to know.
    const HttpReply invited =
        other.post("/api/users/invitations", R"({"email":"ada@example.com","role":"viewer"})");
    REQUIRE(invited.status == 201);
    const Json acceptance = JsonObject{{"token", token_in(body_of(invited).text("accept_url"))},
                                       {"name", "Ada"},
                                       {"password", "correct horse"}};
    REQUIRE(server.anonymous().post("/api/users/invitations/accept", to_text(acceptance)).status ==
            200);
    CHECK(body_of(acme.get("/api/me")).find("tenants")->array()->size() == 2);
    const Json me = body_of(program.get("/api/me"));
    REQUIRE(me.find("tenants")->array()->size() == 1);
    CHECK(me.find("tenants")->array()->front().text("slug") == own);
}

TEST_CASE("a repeated request makes one key, which it does not show again") {
    TestServer server;
    HttpClient owner = server.new_tenant();
    const HttpHeaders once{{"Idempotency-Key", "one"}};
    const std::string body = R"({"name":"CI","role":"member"})";
    const HttpReply first = owner.post("/api/api-keys", body, once);
    const HttpReply again = owner.post("/api/api-keys", body, once);
    CHECK(first.status == 201);
    CHECK(again.status == 201);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(body_of(again).text("id") == body_of(first).text("id"));
    CHECK(body_of(again).find("key") == nullptr);
    CHECK(body_of(owner.get("/api/api-keys")).find("items")->array()->size() == 1);
}

TEST_CASE("keys are listed page by page, the newest first") {
    TestServer server;
    HttpClient owner = server.new_tenant();
    std::vector<std::string> made;
    for (int i = 0; i < 5; ++i) made.push_back(make_key(owner).text("id"));
    std::vector<std::string> seen;
    std::string path = "/api/api-keys?limit=2";
    for (std::string cursor;; path = "/api/api-keys?limit=2&cursor=" + cursor) {
        const Json page = body_of(owner.get(path));
        for (const Json& item : *page.find("items")->array()) seen.push_back(item.text("id"));
        cursor = page.find("pagination")->text("next");
        if (cursor.empty()) break;
    }
    CHECK(seen == std::vector<std::string>(made.rbegin(), made.rend()));
    CHECK(owner.get("/api/api-keys?cursor=nonsense").status == 400);
}

TEST_CASE("a key follows the event stream") {
    TestServer server;
    HttpClient owner = server.new_tenant();
    const Json made = make_key(owner);
    SseStream stream(server.url() + "/api/events/stream", bearer(made.text("key")));
    REQUIRE(stream.reply().status == 200);
    REQUIRE(stream.next().has_value());
    REQUIRE(owner.post("/api/contacts", R"({"name":"Ada"})").status == 201);
    CHECK(stream.next()->data.find("Ada") != std::string::npos);
}
