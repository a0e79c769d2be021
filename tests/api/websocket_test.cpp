#include "tests/api/server_fixture.hpp"
#include "tests/support/websocket_client.hpp"

namespace throughline {

namespace {

const HttpHeaders member{{"Authorization", "Bearer member"}};
const std::string auth = R"({"type":"auth","token":"member"})";

std::string upgrade(const std::string& path, const std::string& version = "13",
                    const std::string& key = "dGhlIHNhbXBsZSBub25jZQ==",
                    const std::string& connection = "keep-alive, Upgrade") {
    return get(path, "Upgrade: websocket\r\nConnection: " + connection +
                         "\r\nSec-WebSocket-Version: " + version + "\r\nSec-WebSocket-Key: " + key +
                         "\r\n");
}

/// The status of the problem that the server's closing message holds.
std::int64_t closed_status(WebSocketClient& client) {
    const auto message = client.next();
    REQUIRE(message.has_value());
    const Json closed = parse_json(*message);
    CHECK(closed.text("type") == "closed");
    return closed.find("problem")->integer("status").value_or(0);
}

} // namespace

TEST_CASE_FIXTURE(ServerFixture, "what is no WebSocket upgrade is told what would be one") {
    const auto answer_to = [this](const std::string& request) {
        RawConnection connection(server.port());
        connection.send(request);
        return connection.read_until("trace_id");
    };
    for (const std::string& request :
         {get("/ws"), upgrade("/ws", "12"), upgrade("/ws", "13, 8"),
          upgrade("/ws", "13", "dGhlIHNhbXBsZSBub25jZQ==", "keep-alive")}) {
        const std::string answer = answer_to(request);
        CHECK(starts(answer, "426 Upgrade Required\r\n"));
        CHECK(has(answer, "Sec-WebSocket-Version: 13\r\n"));
        CHECK(has(answer, "Upgrade: websocket\r\n"));
        CHECK(has(answer, "application/problem+json"));
    }
    for (const char* const key :
         {"", "short", "dGhlIHNhbXBsZSBub25jZSE=", "!GhlIHNhbXBsZSBub25jZQ=="})
        CHECK(starts(answer_to(upgrade("/ws", "13", key)), "400"));
    std::string old = upgrade("/ws");
    CHECK(starts(answer_to(old.replace(old.find("1.1"), 3, "1.0")), "426"));
    CHECK(starts(alone("HEAD /api/ws HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), "426"));
    CHECK(starts(alone(post("/ws", "{}", closing)), "405"));
    CHECK(starts(answer_to(upgrade("/ws?flood=x")), "422"));
    CHECK(starts(answer_to(upgrade("/ws?colour=red")), "400"));
    CHECK(starts(answer_to(upgrade("/ws") + "\x81"), "400"));
    const HttpHeaders wrong{{"Authorization", "Bearer nobody"}};
    CHECK(WebSocketClient(server.port(), "/api/ws", wrong).reply().status == 401);
    CHECK(WebSocketClient(server.port(), "/api/ws/admin", member).reply().status == 403);
}

TEST_CASE_FIXTURE(ServerFixture, "each line of a stream is a message, however long") {
    WebSocketClient client(server.port(), "/api/v1/ws", member);
    REQUIRE(client.reply().status == 101);
    feed.add("one\ntwo\n");
    CHECK(client.next() == "one");
    CHECK(client.next() == "two");
    const std::string long_line(1'000'000, 'x');
    feed.add(long_line + "\nlast\n");
    CHECK(client.next() == long_line);
    CHECK(client.next() == "last");
}

TEST_CASE_FIXTURE(ServerFixture, "pings are answered, and what else a client says is passed over") {
    WebSocketClient client(server.port(), "/api/ws", member);
    REQUIRE(client.ping("are you there"));
    CHECK(client.send("hello"));
    CHECK(client.send_binary(std::string(16'000, '\0')));
    CHECK(client.send(auth));
    feed.add("one\n");
    CHECK(client.next() == "one");
    CHECK(wait_until([&] {
        (void)client.next(10ms);
        return client.last_pong() == "are you there";
    }));
}

TEST_CASE_FIXTURE(ServerFixture, "a token may come as the first message") {
    WebSocketClient client(server.port(), "/api/ws");
    REQUIRE(client.reply().status == 101);
    CHECK(feed.open == 0);
    feed.add("one\n");
    CHECK(client.send(auth));
    CHECK(client.next() == "one");
}

TEST_CASE_FIXTURE(ServerFixture, "without a valid token in the first message it is closed") {
    for (const std::string first :
         {R"({"type":"auth","token":"nobody"})", R"({"type":"auth"})", R"({"token":"member"})",
          R"({"type":"auth","token":7})", "[]", "no json", ""}) {
        CAPTURE(first);
        WebSocketClient client(server.port(), "/api/ws");
        CHECK(client.send(first));
        CHECK(closed_status(client) == 401);
        CHECK(client.close_code() == 4401);
    }
    WebSocketClient silent(server.port(), "/api/ws");
    CHECK(closed_status(silent) == 401);
    CHECK(silent.close_code() == 4401);
    WebSocketClient forbidden(server.port(), "/api/ws/admin");
    CHECK(forbidden.send(auth));
    CHECK(closed_status(forbidden) == 403);
    CHECK(forbidden.close_code() == 4403);
    CHECK(feed.open == 0);
}

TEST_CASE_FIXTURE(ServerFixture, "a message over its limit ends the WebSocket") {
    for (const HttpHeaders& headers : {member, HttpHeaders{}}) {
        WebSocketClient client(server.port(), "/api/ws", headers);
        client.send(std::string(20'000, 'x'));
        CHECK(client.close_code() == 1009);
    }
    CHECK(wait_until([this] { return feed.open == 0; }));
}

TEST_CASE_FIXTURE(ServerFixture, "a client that closes, or is gone, ends its stream") {
    WebSocketClient polite(server.port(), "/api/ws", member);
    CHECK(wait_until([this] { return feed.open == 1; }));
    CHECK(polite.close());
    CHECK(wait_until([this] { return feed.open == 0; }));
    {
        WebSocketClient rude(server.port(), "/api/ws", member);
        CHECK(wait_until([this] { return feed.open == 1; }));
    }
    CHECK(wait_until([this] { return feed.open == 0; }));
    WebSocketClient silent(server.port(), "/api/ws");
    CHECK(silent.close());
}

TEST_CASE_FIXTURE(ServerFixture,
                  "a client that reads too slowly is told so, and nothing piles up") {
    WebSocketClient client(server.port(), "/api/ws?flood=1", member);
    const auto begun = std::chrono::steady_clock::now();
    std::size_t before = 0;
    CHECK(wait_until([&] {
        const bool is_stuck = std::exchange(before, flooded.load()) == flooded && flooded > 0;
        return is_stuck && std::chrono::steady_clock::now() - begun > 3 * options().write_timeout;
    }));
    CHECK(flooded < 1000);
    CHECK(client.close_code() == 4408);
    CHECK(starts(alone(get("/hello", closing)), "200"));
}

TEST_CASE_FIXTURE(ServerFixture, "draining ends WebSockets with 1001") {
    WebSocketClient streaming(server.port(), "/api/ws", member);
    WebSocketClient silent(server.port(), "/api/ws");
    CHECK(wait_until([this] { return feed.open == 1; }));
    server.begin_stop();
    CHECK(streaming.next() == "closed");
    CHECK(streaming.close_code() == 1001);
    CHECK(closed_status(silent) == 503);
    CHECK(silent.close_code() == 1001);
    thread.join();
}

} // namespace throughline
