#include "tests/support/sse_stream.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <set>
#include <sstream>
#include <thread>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

std::string contact(int number) { return R"({"name":"Contact )" + std::to_string(number) + "\"}"; }

std::int64_t position_of(const HttpReply& reply) {
    return std::stoll(reply.header("Throughline-Position").value());
}

std::vector<Json> items_of(const HttpReply& reply) {
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    return *body_of(reply).find("items")->array();
}

std::string token_in(HttpClient& client) {
    const HttpReply reply = client.post("/api/events/tickets", "");
    REQUIRE_MESSAGE(reply.status == 201, reply.body);
    CHECK(body_of(reply).integer("expires_in").value() > 3500);
    return body_of(reply).text("ticket");
}

/// The next event, heartbeats passed over.
SseMessage next_event(SseStream& stream) {
    for (;;) {
        const auto message = stream.next();
        REQUIRE(message.has_value());
        if (message->event.empty()) return *message;
        REQUIRE(message->event == "heartbeat");
    }
}

/// A tenant whose token the test knows, for streams.
struct Tenant {
    HttpClient client;
    HttpHeaders headers;
};

Tenant tenant_of(const TestServer& server, const std::string& email, const HttpHeaders& more = {}) {
    HttpHeaders headers = more;
    headers.emplace_back("Authorization", "Bearer " + register_owner(server.url(), email));
    HttpClient client(server.url(), {headers.back()});
    return {std::move(client), std::move(headers)};
}

} // namespace

TEST_CASE("the log is read page by page, filtered, and up to a position") {
    TestServer server;
    auto [client, headers] = tenant_of(server, "ada@example.com");
    auto other = tenant_of(server, "bob@example.com");
    REQUIRE(create_contact(other.client, contact(0)).object() != nullptr);
    std::vector<std::int64_t> written;
    std::string first_id;
    for (int i = 0; i < 5; ++i) {
        const HttpReply reply = client.post("/api/contacts", contact(i));
        written.push_back(position_of(reply));
        if (i == 0) first_id = body_of(reply).text("id");
    }
    REQUIRE(client.request("PATCH", "/api/contacts/" + first_id, R"({"name":"Renamed"})").status ==
            200);

    std::set<std::string> seen;
    std::string next = "0";
    for (int pages = 0; pages < 20; ++pages) {
        const Json page = body_of(client.get("/api/events?limit=2&from=" + next));
        for (const Json& event : *page.find("items")->array()) {
            CHECK(event.text("specversion") == "1.0");
            CHECK(seen.insert(event.text("sequence")).second);
        }
        CHECK(page.find("pagination")->integer("limit") == 2);
        if (page.find("pagination")->find("next")->is_null()) break;
        next = std::to_string(page.find("pagination")->integer("next").value());
    }
    CHECK(seen.size() == 8); // tenant, user, five contacts, one change

    CHECK(items_of(client.get("/api/events?types=contact.updated")).size() == 1);
    CHECK(items_of(client.get("/api/events?kind=contacts")).size() == 6);
    CHECK(items_of(client.get("/api/events?id=" + first_id)).size() == 2);
    const HttpReply up_to = client.get("/api/events?kind=contact&to=" + std::to_string(written[2]));
    CHECK(items_of(up_to).size() == 3);
    CHECK(body_of(up_to).find("pagination")->find("next")->is_null());
    const Json head = body_of(client.get("/api/events?from=999999"));
    CHECK(head.find("items")->array()->empty());
    CHECK(head.integer("head").value() > written.back());

    const std::string id =
        items_of(client.get("/api/events?types=contact.updated")).front().text("id");
    CHECK(body_of(client.get("/api/events/" + id)).text("type") == "contact.updated");
    CHECK(other.client.get("/api/events/" + id).status == 404);
    CHECK(items_of(other.client.get("/api/events?id=" + first_id)).empty());
    for (const auto& [query, status] :
         std::vector<std::pair<std::string, int>>{{"limit=1001", 422},
                                                  {"limit=0", 422},
                                                  {"from=-1", 422},
                                                  {"from=x", 422},
                                                  {"kind=nothing", 422},
                                                  {"types=Contact", 422},
                                                  {"types=contact.nonsense", 422},
                                                  {"types=contact.created,nothing.created", 422},
                                                  {"id=1", 422},
                                                  {"colour=red", 400}})
        CHECK_MESSAGE(client.get("/api/events?" + query).status == status, query);
    CHECK(server.anonymous().get("/api/events").status == 401);
}

TEST_CASE("a page of heavy events is a small one, and the next one goes on where it ended") {
    TestServer server;
    auto [client, headers] = tenant_of(server, "ada@example.com");
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "\xF0\x9F\x99\x82"; // as long a text as it takes
    std::vector<std::int64_t> written;
    for (int i = 0; i < 120; ++i) {
        const HttpReply reply = client.post(
            "/api/activities", R"({"type":"note","subject":"Heavy","body":")" + text + "\"}");
        REQUIRE_MESSAGE(reply.status == 201, reply.body);
        written.push_back(position_of(reply));
    }
    std::vector<std::int64_t> seen;
    std::string next = std::to_string(written.front() - 1);
    int pages = 0;
    for (; next != "null" && pages < 20; ++pages) {
        const HttpReply reply = client.get("/api/events?kind=activity&limit=1000&from=" + next);
        CHECK(reply.body.size() < (9U << 20));
        for (const Json& event : items_of(reply))
            seen.push_back(std::stoll(event.text("sequence")));
        const Json body = body_of(reply);
        const Json& following = *body.find("pagination")->find("next");
        next = following.is_null() ? "null" : std::to_string(*following.as_integer());
    }
    CHECK(pages == 2);
    CHECK(seen == written);
}

TEST_CASE("a stream follows from its head, and only its tenant's events") {
    TestServer server;
    auto [client, headers] = tenant_of(server, "ada@example.com");
    auto other = tenant_of(server, "bob@example.com");
    REQUIRE(create_contact(client, contact(1)).object() != nullptr);
    SseStream stream(server.url() + "/api/events/stream", headers);
    CHECK(stream.reply().status == 200);
    CHECK(stream.reply().header("Content-Type").value_or("").starts_with("text/event-stream"));
    const auto opening = stream.next();
    REQUIRE(opening.has_value());
    CHECK(opening->event == "heartbeat");
    REQUIRE(create_contact(other.client, contact(2)).object() != nullptr);
    const auto position = position_of(client.post("/api/contacts", contact(3)));
    const SseMessage event = next_event(stream);
    CHECK(event.id == std::to_string(position));
    CHECK(parse_json(event.data).find("data")->text("name") == "Contact 3");
    CHECK(position > std::stoll(opening->id));
}

TEST_CASE("a client that comes back misses nothing and sees nothing twice") {
    TestServer server;
    auto [client, headers] = tenant_of(server, "ada@example.com");
    constexpr int total = 60;
    std::thread writer([&server, token = headers.back().second] {
        HttpClient writing(server.url(), {{"Authorization", token}});
        for (int i = 0; i < total; ++i)
            static_cast<void>(writing.post("/api/contacts", contact(i)));
    });
    std::vector<std::string> names;
    std::string last = "0";
    while (names.size() < total) {
        HttpHeaders resumed = headers;
        resumed.emplace_back("Last-Event-ID", last);
        // `from` would begin at the end of the log: Last-Event-ID wins.
        SseStream stream(server.url() + "/api/events/stream?types=contact.created&from=999999",
                         resumed);
        for (int i = 0; i < 7 && names.size() < total; ++i) {
            const SseMessage message = next_event(stream);
            names.push_back(parse_json(message.data).find("data")->text("name"));
            last = message.id;
        }
    }
    writer.join();
    for (int i = 0; i < total; ++i)
        CHECK(names[static_cast<std::size_t>(i)] == "Contact " + std::to_string(i));
}

TEST_CASE("a heartbeat tells how far was looked, also where nothing matches") {
    TestServer server;
    auto [client, headers] = tenant_of(server, "ada@example.com");
    SseStream stream(server.url() + "/api/events/stream?from=0&types=contact.deleted", headers);
    const auto position = position_of(client.post("/api/contacts", contact(1)));
    const auto heartbeat = stream.next();
    REQUIRE(heartbeat.has_value());
    CHECK(heartbeat->event == "heartbeat");
    CHECK(heartbeat->id == std::to_string(position));
}

TEST_CASE("a stream from beyond the end of the log is refused") {
    TestServer server;
    auto [client, headers] = tenant_of(server, "ada@example.com");
    const auto head = position_of(client.post("/api/contacts", contact(1)));
    const std::string beyond = std::to_string(head + 1);
    CHECK(first_error(client.get("/api/events/stream?from=" + beyond)) == "too_large from");
    const HttpReply resumed = client.get("/api/events/stream", {{"Last-Event-ID", beyond}});
    CHECK(resumed.status == 422);
    CHECK(resumed.body.find(std::to_string(head)) != std::string::npos);
    SseStream stream(server.url() + "/api/events/stream?from=" + std::to_string(head), headers);
    CHECK(stream.reply().status == 200);
}

TEST_CASE("a ticket opens streams and nothing else, and is not logged") {
    TestServer server;
    auto [client, headers] = tenant_of(server, "ada@example.com");
    const std::string ticket = token_in(client);
    SseStream stream(server.url() + "/api/events/stream?from=0&ticket=" + ticket);
    REQUIRE(stream.reply().status == 200);
    CHECK(parse_json(next_event(stream).data).text("type") == "tenant.created");
    HttpClient anonymous = server.anonymous();
    CHECK(anonymous.get("/api/events?ticket=" + ticket).status == 401);
    CHECK(anonymous.get("/api/me", {{"Authorization", "Bearer " + ticket}}).status == 401);
    const HttpReply refused = anonymous.get("/api/events/stream?ticket=" + ticket + "x");
    CHECK(refused.status == 401);
    CHECK(refused.body.find(ticket) == std::string::npos);
    CHECK(server.process().terminate() == 0);
    CHECK(server.process().output().find(ticket) == std::string::npos);
}

TEST_CASE("a stream is closed with a problem when its token expires, and when the server stops") {
    TestServer brief(Environment{{"THROUGHLINE_ACCESS_TOKEN_SECONDS", "10"}});
    auto [client, headers] = tenant_of(brief, "ada@example.com");
    SseStream expiring(brief.url() + "/api/events/stream?from=0&types=contact.created", headers);
    const auto closed = expiring.next();
    REQUIRE(closed.has_value());
    CHECK(closed->event == "closed");
    CHECK(parse_json(closed->data).integer("status") == 401);
    CHECK(expiring.ended());

    TestServer server;
    auto other = tenant_of(server, "bob@example.com");
    SseStream draining(server.url() + "/api/events/stream?from=0&types=contact.created",
                       other.headers);
    CHECK(server.process().terminate() == 0);
    const auto farewell = draining.next();
    REQUIRE(farewell.has_value());
    CHECK(farewell->event == "closed");
    CHECK(parse_json(farewell->data).integer("status") == 503);
}

TEST_CASE("tail prints what the log holds") {
    TestServer server;
    auto [client, headers] = tenant_of(server, "ada@example.com");
    const auto position = position_of(client.post("/api/contacts", contact(1)));
    const auto printed = server.process().run({"tail", "--types", "contact.created"});
    REQUIRE(printed.status == 0);
    CHECK(parse_json(printed.output).integer("streamversion") == 1);
    CHECK(parse_json(printed.output).text("sequence").ends_with(std::to_string(position)));
}
