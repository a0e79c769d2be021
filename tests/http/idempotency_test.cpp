#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

#include <pqxx/pqxx>

#include <set>
#include <thread>
#include <vector>

namespace throughline {
namespace {

HttpHeaders key(const std::string& text) { return {{"Idempotency-Key", text}}; }

std::size_t count_of(HttpClient& client, const std::string& name) {
    const Json log = body_of(client.get("/api/events?types=contact.created&limit=1000"));
    std::size_t count = 0;
    for (const Json& event : *log.find("items")->array())
        if (event.find("data")->text("name") == name) ++count;
    return count;
}

bool is_replayed(const HttpReply& reply) { return reply.header("Idempotency-Replayed") == "true"; }

} // namespace

TEST_CASE("a key belongs to one caller of one tenant, and is raw or quoted") {
    const TestServer server;
    HttpClient one = server.new_tenant();
    HttpClient other = server.new_tenant("other@example.com");
    const std::string body = R"({"name":"Ada"})";
    REQUIRE(one.post("/api/contacts", body, key("k")).status == 201);
    const HttpReply theirs = other.post("/api/contacts", body, key("k"));
    CHECK(theirs.status == 201);
    CHECK_FALSE(is_replayed(theirs));
    CHECK(is_replayed(one.post("/api/contacts", body, key("\"k\""))));
    CHECK(count_of(one, "Ada") == 1);
}

TEST_CASE("a key has 1 to 255 characters") {
    const TestServer server;
    HttpClient client = server.new_tenant();
    const std::string body = R"({"name":"Ada"})";
    CHECK(client.post("/api/contacts", body, key(std::string(255, 'k'))).status == 201);
    const HttpReply longer = client.post("/api/contacts", body, key(std::string(256, 'k')));
    CHECK(longer.status == 400);
    CHECK(body_of(longer).text("detail").find("255") != std::string::npos);
    CHECK(client.post("/api/contacts", body, key("\"\"")).status == 400);
    CHECK(client.post("/api/contacts", body, key("schl\xC3\xBCssel")).status == 400);
    CHECK(count_of(client, "Ada") == 1);
}

TEST_CASE("what is kept of a request is made with a secret, so a password in it cannot be tried") {
    const auto kept = [](const std::string& path, const std::string& body) {
        TestServer server;
        HttpClient owner = server.new_tenant();
        const HttpReply first = owner.post(path, body, key("k"));
        REQUIRE_MESSAGE(first.status < 300, first.body);
        CHECK(is_replayed(owner.post(path, body, key("k"))));
        std::string other = body;
        other.replace(other.find("hunter2"), 7, "hunter3");
        CHECK(owner.post(path, other, key("k")).status == 422);
        pqxx::connection connection(server.database().url());
        return pqxx::nontransaction(connection)
            .exec1("select request_hash from commands where request_hash <> ''")[0]
            .as<std::string>();
    };
    for (
        const auto& [path, body] : std::vector<std::pair<std::string, std::string>>{
            {"/api/users",
             R"({"name":"Bob","email":"bob@example.com","role":"member","password":"hunter2 hunter2"})"},
            {"/api/me/password",
             R"({"current_password":"correct horse","new_password":"hunter2 hunter2"})"}})
        CHECK(kept(path, body) != kept(path, body)); // each server has a secret of its own
}

TEST_CASE("a new password that is sent again under its key is told again, and is set once") {
    const TestServer server;
    HttpClient client = server.new_tenant("ada@example.com");
    const auto change = [&](const std::string& from, const std::string& to,
                            const HttpHeaders& headers) {
        return client.post("/api/me/password",
                           to_text(JsonObject{{"current_password", from}, {"new_password", to}}),
                           headers);
    };
    const auto login = [&](const std::string& password) {
        return server.anonymous()
            .post("/api/auth/login",
                  to_text(JsonObject{{"email", "ada@example.com"}, {"password", password}}))
            .status;
    };
    CHECK(change("wrong horse", "battery staple", key("k")).status == 422); // is not kept
    const HttpReply first = change("correct horse", "battery staple", key("k"));
    CHECK(first.status == 204);
    CHECK_FALSE(is_replayed(first));
    const HttpReply again = change("correct horse", "battery staple", key("k"));
    CHECK_MESSAGE(again.status == 204, again.body);
    CHECK(is_replayed(again));
    CHECK(first_error(change("correct horse", "battery staple", key("another"))) ==
          "invalid_format /current_password");

    CHECK(change("battery staple", "third horse", {}).status == 204);
    const HttpReply late = change("correct horse", "battery staple", key("k"));
    CHECK(late.status == 204);
    CHECK(is_replayed(late));
    CHECK(login("battery staple") == 401);
    CHECK(login("third horse") == 200);
    const Json log = body_of(client.get("/api/events?types=user.password_changed"));
    CHECK(log.find("items")->array()->size() == 2);
}

TEST_CASE("method, path and body are what a key stands for") {
    const TestServer server;
    HttpClient client = server.new_tenant();
    const std::string path =
        "/api/contacts/" + create_contact(client, R"({"name":"A"})").text("id");
    const std::string other =
        "/api/contacts/" + create_contact(client, R"({"name":"B"})").text("id");
    const HttpReply changed = client.request("PATCH", path, R"({"name":"C"})", key("k"));
    REQUIRE(changed.status == 200);
    for (const auto& [method, at, body] :
         std::vector<std::tuple<std::string, std::string, std::string>>{
             {"PATCH", path, R"({"name":"D"})"},
             {"PUT", path, R"({"name":"C"})"},
             {"PATCH", other, R"({"name":"C"})"},
             {"DELETE", path, ""},
             {"POST", "/api/contacts", R"({"name":"C"})"}}) {
        const HttpReply refused = client.request(method, at, body, key("k"));
        CHECK_MESSAGE(refused.status == 422, (method + " " + at));
        CHECK(body_of(refused).text("detail").find("Idempotency-Key") != std::string::npos);
    }
    // Every spelling of the path is the same path.
    const HttpReply versioned =
        client.request("PATCH", "/api/v1" + path.substr(4), R"({"name":"C"})", key("k"));
    CHECK(versioned.status == 200);
    CHECK(is_replayed(versioned));
}

TEST_CASE("delete and restore are replayed, with what they answered") {
    const TestServer server;
    HttpClient client = server.new_tenant();
    const std::string path =
        "/api/contacts/" + create_contact(client, R"({"name":"A"})").text("id");
    const HttpReply gone = client.request("DELETE", path, std::nullopt, key("gone"));
    REQUIRE(gone.status == 204);
    const HttpReply again = client.request("DELETE", path, std::nullopt, key("gone"));
    CHECK(again.status == 204);
    CHECK(is_replayed(again));
    CHECK(again.header("Throughline-Position") == gone.header("Throughline-Position"));
    CHECK(client.request("DELETE", path).status == 404);
    const HttpReply back = client.post(path + "/restore", "", key("back"));
    REQUIRE(back.status == 200);
    REQUIRE(client.request("DELETE", path).status == 204);
    const HttpReply replayed = client.post(path + "/restore", "", key("back"));
    CHECK(replayed.status == 200);
    CHECK(replayed.body == back.body);
    CHECK(client.get(path).status == 404); // it stays deleted
}

TEST_CASE("a change that changed nothing is kept under its key too") {
    const TestServer server;
    HttpClient client = server.new_tenant();
    const std::string path =
        "/api/contacts/" + create_contact(client, R"({"name":"A"})").text("id");
    const HttpReply first = client.request("PATCH", path, R"({"name":"A"})", key("same"));
    REQUIRE(first.status == 200);
    CHECK(first.header("ETag") == "\"1\"");
    CHECK_FALSE(is_replayed(first));
    REQUIRE(client.request("PATCH", path, R"({"name":"B"})").status == 200);
    // A lost answer that is asked for again must not undo what came after it.
    const HttpReply again = client.request("PATCH", path, R"({"name":"A"})", key("same"));
    CHECK(again.status == 200);
    CHECK(is_replayed(again));
    CHECK(again.body == first.body);
    CHECK(body_of(client.get(path)).text("name") == "B");
    CHECK(client.request("PATCH", path, R"({"name":"C"})", key("same")).status == 422);
    const Json log = body_of(client.get("/api/events?kind=contact"));
    CHECK(log.find("items")->array()->size() == 2); // nothing changed: no event
}

TEST_CASE("what was created is told again, whatever the tenant has come to require") {
    const TestServer server;
    HttpClient client = server.new_tenant();
    const std::string body = R"({"name":"Ada"})";
    const HttpReply first = client.post("/api/contacts", body, key("k"));
    REQUIRE_MESSAGE(first.status == 201, first.body);
    REQUIRE(client.post("/api/fields/contact", R"({"key":"tier","type":"text","required":true})")
                .status == 201);
    CHECK(client.post("/api/contacts", body, key("another")).status == 422);
    const HttpReply again = client.post("/api/contacts", body, key("k"));
    CHECK(again.status == 201);
    CHECK(is_replayed(again));
    CHECK(again.body == first.body);
    CHECK(count_of(client, "Ada") == 1);
    const HttpReply other = client.post("/api/contacts", R"({"name":"Bob"})", key("k"));
    CHECK(other.status == 422);
    CHECK(body_of(other).text("detail").find("Idempotency-Key") != std::string::npos);
}

TEST_CASE("refusals are not kept") {
    const TestServer server;
    HttpClient client = server.new_tenant();
    const std::string path =
        "/api/contacts/" + create_contact(client, R"({"name":"A"})").text("id");
    HttpHeaders stale = key("k");
    stale.emplace_back("If-Match", "\"7\"");
    CHECK(client.request("PATCH", path, R"({"name":"B"})", stale).status == 412);
    CHECK(client.request("PATCH", path, R"({"naem":"B"})", key("k")).status == 422);
    CHECK(client.request("PATCH", path, R"({"name":"B"})", key("k")).status == 200);
}

TEST_CASE("a key is kept for 24 hours") {
    const TestServer server;
    HttpClient client = server.new_tenant();
    const std::string body = R"({"name":"Ada"})";
    REQUIRE(client.post("/api/contacts", body, key("k")).status == 201);
    server.age_keys(23);
    CHECK(is_replayed(client.post("/api/contacts", body, key("k"))));
    server.age_keys(25);
    const HttpReply late = client.post("/api/contacts", body, key("k"));
    CHECK(late.status == 201);
    CHECK_FALSE(is_replayed(late));
    CHECK(count_of(client, "Ada") == 2);
    const Json log = body_of(client.get("/api/events?types=contact.created"));
    const JsonArray& events = *log.find("items")->array();
    CHECK(events.front().text("correlationid") != events.back().text("correlationid"));
}

TEST_CASE("two servers and many clients with one key write once") {
    TestDatabase database;
    const Environment environment{{"DATABASE_URL", database.url()},
                                  {"JWT_SECRET", std::string(40, 's')}};
    const ServerProcess one(environment);
    const ServerProcess two(environment);
    const HttpHeaders bearer = {{"Authorization", "Bearer " + register_owner(one.url())}};
    for (int round = 0; round < 5; ++round) {
        const std::string name = "Round " + std::to_string(round);
        std::vector<HttpReply> replies(16);
        {
            std::vector<std::jthread> threads;
            for (std::size_t i = 0; i < replies.size(); ++i)
                threads.emplace_back([&, i] {
                    HttpClient client((i % 2 == 0 ? one : two).url(), bearer);
                    replies[i] =
                        client.post("/api/contacts", R"({"name":")" + name + "\"}", key(name));
                });
        }
        std::set<std::string> ids;
        std::size_t written = 0;
        for (const HttpReply& reply : replies) {
            CHECK((reply.status == 201 || reply.status == 409)); // 409: it was still running
            if (reply.status == 201) ids.insert(body_of(reply).text("id"));
            if (reply.status == 201 && !is_replayed(reply)) ++written;
        }
        CHECK(ids.size() == 1);
        CHECK(written == 1);
        HttpClient client(two.url(), bearer);
        CHECK(count_of(client, name) == 1);
    }
}

} // namespace throughline
