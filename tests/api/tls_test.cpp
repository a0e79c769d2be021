#include "tests/api/server_fixture.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/tls_tunnel.hpp"
#include "tests/support/websocket_client.hpp"

#include "api/tls.hpp"

namespace throughline {
namespace {

/// The server of the other tests, with TLS, and a way in for clients of plain TCP.
struct TlsFixture : Certificate, ServerFixture {
    TlsFixture() : ServerFixture(static_cast<const Certificate*>(this)) {}
    TlsTunnel tunnel{server.port()};

    std::string alone(const std::string& request) {
        RawConnection connection(tunnel.port());
        connection.send(request);
        return connection.read_to_end();
    }
};

} // namespace

TEST_CASE_FIXTURE(TlsFixture,
                  "over TLS a connection is kept, and requests sent ahead are in order") {
    RawConnection connection(tunnel.port());
    for (int i = 0; i < 3; ++i) {
        connection.send(get("/hello"));
        CHECK(starts(connection.read_until("hello"), "200 OK\r\n"));
    }
    const std::string answers = alone(numbered_requests(50) + get("/hello", closing));
    CHECK(are_in_order(answers, 50));
    CHECK(answers.ends_with("hello"));
}

TEST_CASE_FIXTURE(TlsFixture, "over TLS large answers and uploads arrive whole") {
    CHECK(alone(get("/large", closing)).ends_with(std::string(300'000, 'y')));
    const std::string body(2U << 20, 'u');
    const std::string answer =
        alone("POST /api/upload HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer member\r\n"
              "Content-Type: text/csv\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n" + closing + "\r\n" + body);
    CHECK(starts(answer, "200"));
    CHECK(has(answer, std::to_string(body.size())));
}

TEST_CASE_FIXTURE(TlsFixture,
                  "over TLS a body that is refused is drained, so that the answer arrives") {
    const std::string body(3U << 20, 'b');
    const std::string answer = alone(post("/echo", body));
    CHECK(starts(answer, "413"));
    CHECK(has(answer, "application/problem+json"));
}

TEST_CASE_FIXTURE(TlsFixture,
                  "over TLS a stream is sent as it grows, and its client's leaving ends it") {
    {
        RawConnection connection(tunnel.port());
        connection.send(get("/feed"));
        REQUIRE(starts(connection.read_until("\r\n\r\n"), "200"));
        feed.add("one");
        CHECK(has(connection.read_until("one"), "one"));
        feed.add("two");
        CHECK(has(connection.read_until("two"), "two"));
        CHECK(feed.open == 1);
    }
    CHECK(wait_until([&] { return feed.open == 0; }));
}

TEST_CASE_FIXTURE(TlsFixture,
                  "over TLS a request that was sent while a stream went on is answered after it") {
    RawConnection connection(tunnel.port());
    connection.send(get("/feed"));
    feed.add("one");
    REQUIRE(has(connection.read_until("one"), "one"));
    connection.send(get("/hello") + get("/hello", closing));
    feed.add("two");
    REQUIRE(has(connection.read_until("two"), "two"));
    feed.end();
    const std::string rest = connection.read_to_end();
    CHECK(has(rest, "0\r\n\r\nHTTP/1.1 200 OK"));
    CHECK(rest.ends_with("hello"));
    CHECK(rest.find("hello") < rest.rfind("HTTP/1.1 200 OK"));
}

TEST_CASE_FIXTURE(TlsFixture, "over TLS a WebSocket is served, and told when the server drains") {
    WebSocketClient follower(tunnel.port(), "/api/ws", {{"Authorization", "Bearer member"}});
    REQUIRE(follower.reply().status == 101);
    feed.add("one\n");
    CHECK(follower.next() == "one");
    CHECK(follower.ping("hi"));
    feed.add("two\n");
    CHECK(follower.next() == "two");
    // It may come after the message.
    CHECK(wait_until([&] {
        feed.add("more\n");
        return follower.next().has_value() && follower.last_pong() == "hi";
    }));
    server.begin_stop();
    CHECK(follower.close_code() == 1001);
}

TEST_CASE_FIXTURE(TlsFixture,
                  "over TLS draining finishes what is under way and closes what waits") {
    RawConnection idle(tunnel.port());
    idle.send(get("/hello"));
    REQUIRE(has(idle.read_until("hello"), "hello"));
    RawConnection busy(tunnel.port());
    busy.send(get("/gate"));
    REQUIRE(wait_until([&] { return gate.waiting == 1; }));
    server.begin_stop();
    CHECK(idle.read_to_end().empty());
    gate.open();
    CHECK(has(busy.read_to_end(), "passed"));
    thread.join();
}

TEST_CASE_FIXTURE(TlsFixture, "who does not speak TLS, or not in time, is let go") {
    RawConnection plain(server.port());
    plain.send(get("/hello"));
    CHECK_FALSE(has(plain.read_to_end(), "hello"));
    RawConnection silent(server.port());
    CHECK(silent.read_to_end(10s).empty());
    CHECK(has(alone(get("/hello", closing)), "hello"));
}

TEST_CASE("a certificate and a key that cannot be used are refused by their variable") {
    const Certificate one;
    const Certificate other;
    CHECK(tls_context(one.file(), one.key()) != nullptr);
    CHECK_THROWS_WITH(static_cast<void>(tls_context(one.key(), one.key())),
                      doctest::Contains("TLS_CERT"));
    CHECK_THROWS_WITH(static_cast<void>(tls_context(one.file(), one.file())),
                      doctest::Contains("TLS_KEY"));
    CHECK_THROWS_WITH(static_cast<void>(tls_context(one.file(), other.key())),
                      doctest::Contains("TLS_KEY"));
}

} // namespace throughline
