#include "tests/support/sse_stream.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/websocket_client.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

std::string contact(int number) { return R"({"name":"Contact )" + std::to_string(number) + "\"}"; }

struct Tenant {
    HttpClient client;
    std::string token;
    std::string slug;
    [[nodiscard]] HttpHeaders headers() const { return {{"Authorization", "Bearer " + token}}; }
    [[nodiscard]] std::string auth() const {
        return to_text(JsonObject{{"type", "auth"}, {"token", token}});
    }
};

Tenant tenant_of(const TestServer& server, const std::string& email) {
    std::string token = register_owner(server.url(), email);
    HttpClient client(server.url(), {{"Authorization", "Bearer " + token}});
    std::string slug = body_of(client.get("/api/me")).find("tenant")->text("slug");
    return {std::move(client), std::move(token), std::move(slug)};
}

/// A WebSocket on the log of the real server.
class Follower : public WebSocketClient {
  public:
    Follower(TestServer& server, const std::string& query, const HttpHeaders& headers = {},
             const std::string& base = "/api")
        : WebSocketClient(server.process().port(), base + "/events/ws" + query, headers) {}

    Json message() {
        const auto text = next();
        REQUIRE(text.has_value());
        return parse_json(*text);
    }
    /// The next event, heartbeats passed over.
    Json event() {
        for (;;) {
            Json read = message();
            if (read.text("type") == "event") return read;
            REQUIRE(read.text("type") == "heartbeat");
        }
    }
    std::string name() { return event().find("event")->find("data")->text("name"); }
};

} // namespace

TEST_CASE("a WebSocket follows from its head, and only its tenant's events") {
    TestServer server;
    auto ada = tenant_of(server, "ada@example.com");
    auto bob = tenant_of(server, "bob@example.com");
    REQUIRE(create_contact(ada.client, contact(1)).object() != nullptr);
    for (const std::string base : {"/api", "/api/v1"}) {
        Follower follower(server, "", ada.headers(), base);
        REQUIRE(follower.reply().status == 101);
        const Json opening = follower.message();
        CHECK(opening.text("type") == "heartbeat");
        REQUIRE(create_contact(bob.client, contact(2)).object() != nullptr);
        const auto position = std::stoll(
            ada.client.post("/api/contacts", contact(3)).header("Throughline-Position").value());
        CHECK(opening.integer("position").value() < position);
        const Json event = follower.event();
        CHECK(event.integer("position") == position);
        CHECK(event.find("event")->text("specversion") == "1.0");
        CHECK(event.find("event")->find("data")->text("name") == "Contact 3");
    }
}

TEST_CASE("a WebSocket says the same as the stream of server-sent events, filters included") {
    TestServer server;
    auto ada = tenant_of(server, "ada@example.com");
    for (int i = 0; i < 30; ++i)
        REQUIRE(create_contact(ada.client, contact(i)).object() != nullptr);
    const std::string id = body_of(ada.client.get("/api/events?types=contact.created&limit=1"))
                               .find("items")
                               ->array()
                               ->front()
                               .text("partitionkey");
    for (const auto& [query, count] :
         std::vector<std::pair<std::string, int>>{{"?from=0", 32},
                                                  {"?from=0&kind=contacts", 30},
                                                  {"?from=0&types=contact.created", 30},
                                                  {"?from=0&id=" + id, 1}}) {
        CAPTURE(query);
        Follower follower(server, query, ada.headers());
        SseStream stream(server.url() + "/api/events/stream" + query, ada.headers());
        for (int i = 0; i < count; ++i) {
            const Json event = follower.event();
            const auto sent = stream.next();
            REQUIRE(sent.has_value());
            CHECK(*event.find("event") == parse_json(sent->data));
            CHECK(std::to_string(event.integer("position").value()) == sent->id);
        }
    }
}

TEST_CASE("a WebSocket that comes back misses nothing and sees nothing twice") {
    TestServer server;
    auto ada = tenant_of(server, "ada@example.com");
    constexpr int total = 60;
    std::thread writer([&server, &ada] {
        HttpClient writing(server.url(), ada.headers());
        for (int i = 0; i < total; ++i)
            static_cast<void>(writing.post("/api/contacts", contact(i)));
    });
    std::vector<std::string> names;
    std::int64_t last = 0;
    while (names.size() < total) {
        Follower follower(server, "?types=contact.created&from=" + std::to_string(last));
        REQUIRE(follower.send(ada.auth()));
        for (int i = 0; i < 7 && names.size() < total; ++i) {
            const Json event = follower.event();
            names.push_back(event.find("event")->find("data")->text("name"));
            last = event.integer("position").value();
        }
    }
    writer.join();
    for (int i = 0; i < total; ++i)
        CHECK(names[static_cast<std::size_t>(i)] == "Contact " + std::to_string(i));
}

TEST_CASE("a heartbeat tells how far was looked, also where nothing matches") {
    TestServer server;
    auto ada = tenant_of(server, "ada@example.com");
    Follower follower(server, "?from=0&types=contact.deleted", ada.headers());
    const auto position = std::stoll(
        ada.client.post("/api/contacts", contact(1)).header("Throughline-Position").value());
    const Json heartbeat = follower.message();
    CHECK(heartbeat.text("type") == "heartbeat");
    CHECK(heartbeat.integer("position") == position);
}

TEST_CASE("streams of either form end after the position they are asked to end at") {
    TestServer server;
    auto ada = tenant_of(server, "ada@example.com");
    std::int64_t position = 0;
    for (int i = 0; i < 3; ++i)
        position = std::stoll(
            ada.client.post("/api/contacts", contact(i)).header("Throughline-Position").value());
    const std::string query =
        "?types=contact.created&from=0&to=" + std::to_string(position + 1); // one is to come
    Follower follower(server, query, ada.headers());
    SseStream stream(server.url() + "/api/events/stream" + query, ada.headers());
    const auto follow = [&](int from, int up_to) {
        for (int i = from; i < up_to; ++i) {
            const std::string name = "Contact " + std::to_string(i);
            CHECK(follower.name() == name);
            CHECK(parse_json(stream.next()->data).find("data")->text("name") == name);
        }
    };
    follow(0, 3);
    for (int i = 3; i < 6; ++i) REQUIRE(create_contact(ada.client, contact(i)).object() != nullptr);
    follow(3, 4);
    const Json closed = follower.message();
    CHECK(closed.text("type") == "closed");
    CHECK(closed.find("problem")->integer("status") == 200);
    CHECK(follower.close_code() == 1000);
    const auto farewell = stream.next();
    REQUIRE(farewell.has_value());
    CHECK(farewell->event == "closed");
    CHECK(parse_json(farewell->data).integer("status") == 200);
    CHECK(stream.ended());
}

TEST_CASE("who may not follow is told before the upgrade, or by the code that closes it") {
    TestServer server;
    auto ada = tenant_of(server, "ada@example.com");
    auto bob = tenant_of(server, "bob@example.com");
    const std::string ticket = body_of(ada.client.post("/api/events/tickets", "")).text("ticket");
    Follower by_ticket(server, "?from=0&ticket=" + ticket);
    REQUIRE(by_ticket.reply().status == 101);
    CHECK(by_ticket.event().find("event")->text("type") == "tenant.created");

    CHECK(Follower(server, "?ticket=" + ticket + "x").reply().status == 401);
    CHECK(Follower(server, "", {{"Authorization", "Bearer x"}}).reply().status == 401);
    for (const auto& [query, status] :
         std::vector<std::pair<std::string, int>>{{"?from=-1", 422},
                                                  {"?to=-1", 422},
                                                  {"?from=x", 422},
                                                  {"?kind=nothing", 422},
                                                  {"?types=Contact", 422},
                                                  {"?id=1", 422},
                                                  {"?colour=red", 400}})
        for (const HttpHeaders& headers : {ada.headers(), HttpHeaders{}})
            CHECK_MESSAGE(Follower(server, query, headers).reply().status == status, query);

    Follower wrong(server, "");
    CHECK(wrong.send(R"({"type":"auth","token":"x"})"));
    CHECK(wrong.message().find("problem")->integer("status") == 401);
    CHECK(wrong.close_code() == 4401);
    Follower elsewhere(server, "", {{"X-Tenant-ID", bob.slug}});
    CHECK(elsewhere.send(ada.auth()));
    CHECK(elsewhere.message().find("problem")->integer("status") == 403);
    CHECK(elsewhere.close_code() == 4403);
    CHECK(Follower(server, "?from=999999", ada.headers()).reply().status == 422);
    Follower beyond(server, "?from=999999");
    CHECK(beyond.send(ada.auth()));
    CHECK(beyond.message().find("problem")->integer("status") == 422);
    CHECK(beyond.close_code() == 1008);
    CHECK(server.process().terminate() == 0);
    CHECK(server.process().output().find(ticket) == std::string::npos);
    CHECK(server.process().output().find(ada.token) == std::string::npos);
}

TEST_CASE("a WebSocket is closed when its token expires, and when the server stops") {
    TestServer brief(Environment{{"THROUGHLINE_ACCESS_TOKEN_SECONDS", "10"}});
    auto ada = tenant_of(brief, "ada@example.com");
    Follower expiring(brief, "?from=0&types=contact.deleted", ada.headers());
    const Json closed = expiring.message();
    CHECK(closed.text("type") == "closed");
    CHECK(closed.find("problem")->integer("status") == 401);
    CHECK(expiring.close_code() == 4401);

    TestServer server;
    auto bob = tenant_of(server, "bob@example.com");
    Follower draining(server, "?from=0&types=contact.created");
    CHECK(draining.send(bob.auth()));
    REQUIRE(create_contact(bob.client, contact(1)).object() != nullptr);
    CHECK(draining.name() == "Contact 1"); // so the token has been taken
    std::thread farewell([&] {
        const Json last = draining.message();
        CHECK(last.find("problem")->integer("status") == 503);
        CHECK(draining.close_code() == 1001);
    });
    CHECK(server.process().terminate() == 0);
    farewell.join();
}

TEST_CASE("event streams of either form share the places of their caller") {
    TestServer server;
    auto ada = tenant_of(server, "ada@example.com");
    auto bob = tenant_of(server, "bob@example.com");
    std::vector<std::unique_ptr<WebSocketClient>> open;
    for (int i = 0; i < 100; ++i) {
        open.push_back(std::make_unique<Follower>(server, "", ada.headers()));
        REQUIRE(open.back()->reply().status == 101);
    }
    const Follower refused(server, "", ada.headers());
    CHECK(refused.reply().status == 429);
    Follower told_later(server, "");
    CHECK(told_later.send(ada.auth()));
    CHECK(told_later.message().find("problem")->integer("status") == 429);
    CHECK(told_later.close_code() == 1013);
    SseStream stream(server.url() + "/api/events/stream", ada.headers());
    CHECK(stream.reply().status == 429);
    CHECK(stream.reply().header("Retry-After").has_value());
    CHECK(Follower(server, "", bob.headers()).reply().status == 101);
    open.pop_back();
    CHECK(wait_until([&] { return Follower(server, "", ada.headers()).reply().status == 101; }));
}
