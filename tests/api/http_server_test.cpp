#include "tests/api/server_fixture.hpp"

namespace throughline {

TEST_CASE_FIXTURE(ServerFixture, "a connection is kept for further requests") {
    RawConnection connection(server.port());
    for (int i = 0; i < 3; ++i) {
        connection.send(get("/hello"));
        const std::string answer = connection.read_until("hello");
        CHECK(starts(answer, "200 OK\r\n"));
        CHECK(has(answer, "Content-Length: 5\r\n"));
        CHECK(has(answer, "Date: "));
    }
    connection.send(get("/hello", closing));
    CHECK(has(connection.read_to_end(), "Connection: close\r\n"));
    CHECK(has(alone("GET /api/hello HTTP/1.0\r\n\r\n"), "Connection: close\r\n"));
}

TEST_CASE_FIXTURE(ServerFixture, "requests sent ahead are answered in their order") {
    const std::string answers = alone(numbered_requests(50) + get("/hello", closing));
    CHECK(are_in_order(answers, 50));
    CHECK(answers.ends_with("hello"));
}

TEST_CASE_FIXTURE(ServerFixture, "what was sent behind the last request does not cost its answer") {
    const std::string answer = alone(get("/large", closing) + std::string(20'000, 'x'));
    CHECK(starts(answer, "200"));
    CHECK(answer.ends_with(std::string(300'000, 'y')));
}

TEST_CASE_FIXTURE(ServerFixture, "HEAD has the headers of GET and no body, OPTIONS none at all") {
    const std::string head =
        alone("HEAD /api/hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(starts(head, "200"));
    CHECK(has(head, "Content-Length: 5\r\n"));
    CHECK(head.ends_with("\r\n\r\n"));
    CHECK(starts(alone("OPTIONS /api/hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
                 "204"));
    const std::string server_wide =
        alone("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(starts(server_wide, "204"));
    CHECK(has(server_wide, "Allow: GET, HEAD, OPTIONS, POST\r\n"));
    const std::string stream =
        alone("HEAD /api/feed HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(starts(stream, "200"));
    CHECK(stream.ends_with("\r\n\r\n"));
}

TEST_CASE_FIXTURE(ServerFixture, "a large answer arrives whole") {
    const std::string answer = alone(get("/large", closing));
    CHECK(has(answer, "Content-Length: 300000\r\n"));
    CHECK(answer.ends_with(std::string(300'000, 'y')));
}

TEST_CASE_FIXTURE(ServerFixture, "large answers that wait for their readers are bounded together") {
    const auto is_refused = [this] {
        RawConnection unread(server.port());
        unread.send(get("/huge"));
        (void)unread.read_until("HTTP/1.1 200 OK");
        const std::string answer = alone(get("/huge", closing));
        return starts(answer, "503") && has(answer, "Retry-After: ");
    };
    CHECK(wait_until(is_refused));
    CHECK(starts(alone(get("/hello", closing)), "200"));
    CHECK(wait_until([this] { return starts(alone(get("/huge", closing)), "200"); }));
}

TEST_CASE_FIXTURE(ServerFixture, "who does not read large answers leaves room for others") {
    const std::string ada = "X-Forwarded-For: 192.0.2.1\r\n";
    const std::string bob = "X-Forwarded-For: 192.0.2.2\r\n";
    const auto is_refused_alone = [&] {
        RawConnection unread(server.port());
        unread.send(get("/huge", ada));
        (void)unread.read_until("HTTP/1.1 200 OK");
        return starts(alone(get("/large", ada + closing)), "503") &&
               starts(alone(get("/large", bob + closing)), "200");
    };
    CHECK(wait_until(is_refused_alone));
    CHECK(wait_until([&] { return starts(alone(get("/large", ada + closing)), "200"); }));
}

TEST_CASE_FIXTURE(ServerFixture, "pieces of exports count among the large answers") {
    const auto is_refused = [this](const std::string& path) {
        RawConnection unread(server.port());
        unread.send(get("/heavy"));
        (void)unread.read_until("zzzz");
        return starts(alone(get(path, closing)), "503");
    };
    CHECK(wait_until([&] { return is_refused("/large"); }));
    CHECK(wait_until([&] { return is_refused("/heavy"); })); // before it begins
    CHECK(wait_until([this] { return starts(alone(get("/large", closing)), "200"); }));
    CHECK(alone(get("/heavy", closing)).size() > (24U << 20));
}

TEST_CASE_FIXTURE(ServerFixture, "heads that are no HTTP are refused") {
    const auto refused = [this](const std::string& request, const std::string& status) {
        CAPTURE(request.substr(0, 80));
        const std::string answer = alone(request);
        CHECK(starts(answer, status));
        CHECK(has(answer, "application/problem+json"));
        CHECK(has(answer, "Connection: close\r\n"));
    };
    refused("nonsense\r\n\r\n", "400");
    refused("GET /api/hello HTTP/3.0\r\nHost: a\r\n\r\n", "400");
    refused("GET /api/hello HTTP/1.1\r\n\r\n", "400");
    refused("GET /api/hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400");
    refused("GET /api/hello HTTP/1.1\r\nHost : a\r\n\r\n", "400");
    refused("POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: "
            "chunked\r\n\r\n0\r\n\r\n",
            "400");
    refused("POST /api/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: "
            "2\r\n\r\n0\r\n\r\n",
            "400");
    refused(
        "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "400");
    refused("POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: -2\r\n\r\n{}", "400");
    refused("POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2x\r\n\r\n{}", "400");
    refused(
        "POST /api/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "501");
    for (const std::size_t more : {0U, 8'000U}) // which the server has to read on for
        refused("GET /api/hello HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\nY: " + std::string(more, 'y') +
                    "\r\n\r\n",
                "400");
    refused("GET /api/hello HTTP/1.1\r\nHost: a\r\nX: " + std::string(17'000, 'x') + "\r\n\r\n",
            "431");
    refused("GET /api/" + std::string(17'000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", "431");
}

TEST_CASE_FIXTURE(ServerFixture, "a head just within its limit is taken") {
    CHECK(starts(alone(get("/hello", "X: " + std::string(15'000, 'x') + "\r\n" + closing)), "200"));
}

TEST_CASE_FIXTURE(ServerFixture, "a body comes whole, in bits or in chunks") {
    RawConnection connection(server.port());
    const std::string request = post("/echo", R"({"a":1})", closing);
    for (const char c : request) connection.send({&c, 1});
    CHECK(connection.read_to_end().ends_with(R"({"a":1})"));
    const std::string head =
        "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + closing +
        "Transfer-Encoding: chunked\r\n\r\n";
    CHECK(alone(head + "3\r\n{\"a\r\n4;x=y\r\n\":1}\r\n0\r\nTrailer: x\r\n\r\n")
              .ends_with(R"({"a":1})"));
    CHECK(starts(alone(head + "zz\r\n{}\r\n"), "400"));
}

TEST_CASE_FIXTURE(ServerFixture, "a body over the limit is drained so that the answer arrives") {
    const std::string large(2U << 20, ' ');
    const std::string known = alone(post("/echo", large));
    CHECK(starts(known, "413"));
    CHECK(has(known, "Connection: close\r\n"));
    const std::string chunked =
        alone("POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
              "Transfer-Encoding: chunked\r\n\r\n200000\r\n" +
              large + "\r\n0\r\n\r\n");
    CHECK(starts(chunked, "413"));
}

TEST_CASE_FIXTURE(ServerFixture,
                  "bodies that come slowly leave room for others, and for small ones") {
    const std::string ada = "X-Forwarded-For: 192.0.2.1\r\n";
    const std::string bob = "X-Forwarded-For: 192.0.2.2\r\n";
    const std::string large = R"({"a":")" + std::string(500'000, 'x') + "\"}";
    const auto is_refused_alone = [&] {
        RawConnection slow(server.port());
        slow.send("POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + ada +
                  "Content-Length: 1000000\r\n\r\n" + std::string(900'000, ' '));
        return starts(alone(post("/echo", large, ada + closing)), "503") &&
               starts(alone(post("/echo", large, bob + closing)), "200") &&
               starts(alone(post("/echo", "{}", ada + closing)), "200");
    };
    CHECK(wait_until(is_refused_alone));
    CHECK(wait_until([&] { return starts(alone(post("/echo", large, ada + closing)), "200"); }));
}

TEST_CASE_FIXTURE(ServerFixture, "an early refusal reads the body and keeps the connection") {
    const std::string answers = alone(post("/nothing", R"({"a":1})") + get("/hello", closing));
    CHECK(starts(answers, "404"));
    CHECK(answers.ends_with("hello"));
}

TEST_CASE_FIXTURE(ServerFixture, "Expect: 100-continue is met, or refused without the body") {
    RawConnection connection(server.port());
    connection.send("POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Type: "
                    "application/json\r\nContent-Length: 2\r\n"
                    "Expect: 100-continue\r\nConnection: close\r\n\r\n");
    CHECK(connection.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    connection.send("{}");
    CHECK(connection.read_to_end().ends_with("{}"));
    CHECK(starts(alone("POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\nExpect: "
                       "100-continue\r\n\r\n"),
                 "413"));
    CHECK(starts(
        alone(
            "POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: miracles\r\n\r\n"),
        "417"));
}

TEST_CASE_FIXTURE(ServerFixture, "HTTP/1.0 expects nothing") {
    const std::string head = "POST /api/echo HTTP/1.0\r\nContent-Type: application/json\r\n"
                             "Content-Length: 2\r\nExpect: ";
    RawConnection connection(server.port());
    connection.send(head + "100-continue\r\n\r\n");
    connection.send("{}");
    CHECK(starts(connection.read_to_end(), "200"));
    CHECK(starts(alone(head + "miracles\r\n\r\n{}"), "200"));
}

TEST_CASE_FIXTURE(ServerFixture, "an upload goes to a file, hashed") {
    const std::string head =
        "POST /api/upload HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer member\r\n"
        "Content-Type: text/csv\r\n" +
        closing;
    CHECK(alone(head + "Content-Length: 3\r\n\r\nabc")
              .ends_with("3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    const std::string million(1'000'000, 'a');
    CHECK(
        alone(head + "Transfer-Encoding: chunked\r\n\r\nf4240\r\n" + million + "\r\n0\r\n\r\n")
            .ends_with("1000000 cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
    CHECK(alone(head + "Content-Length: 0\r\n\r\n")
              .ends_with("0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    const std::string over(4U << 20, 'a');
    CHECK(starts(
        alone(head + "Transfer-Encoding: chunked\r\n\r\n400000\r\n" + over + "\r\n0\r\n\r\n"),
        "413"));
    CHECK(starts(alone("POST /api/upload HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\n"
                       "Content-Length: 3\r\n\r\nabc"),
                 "401"));
    CHECK(std::filesystem::is_empty(folder.path() / "spool"));
}

TEST_CASE_FIXTURE(ServerFixture, "clients that are too slow are closed") {
    RawConnection head(server.port());
    head.send("GET /api/hello HT");
    CHECK(head.read_to_end().empty());
    RawConnection body(server.port());
    body.send("POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Type: "
              "application/json\r\nContent-Length: 9\r\n\r\n{");
    CHECK(body.read_to_end().empty());
    CHECK(starts(alone(get("/hello", closing)), "200"));
}

TEST_CASE_FIXTURE(ServerFixture, "a reader that stops is closed and nothing piles up") {
    RawConnection connection(server.port());
    connection.send(get("/flood"));
    CHECK(wait_until([this] { return flooded > 0; }));
    std::size_t before = 0;
    CHECK(wait_until(
        [&] { return std::exchange(before, flooded.load()) == flooded && !connection.send("x"); }));
    CHECK(flooded < 1000);
    CHECK(starts(alone(get("/hello", closing)), "200"));
}

TEST_CASE_FIXTURE(ServerFixture, "a stream is woken when there is more") {
    RawConnection connection(server.port());
    connection.send(get("/feed"));
    CHECK(has(connection.read_until("\r\n\r\n"), "Transfer-Encoding: chunked\r\n"));
    feed.add("one");
    CHECK(connection.read_until("one\r\n") == "3\r\none\r\n");
    feed.add("second");
    CHECK(connection.read_until("second\r\n") == "6\r\nsecond\r\n");
}

TEST_CASE_FIXTURE(ServerFixture, "a stream whose client has gone is ended") {
    {
        RawConnection connection(server.port());
        connection.send(get("/feed"));
        (void)connection.read_until("\r\n\r\n");
        CHECK(wait_until([this] { return feed.open == 1; }));
    }
    CHECK(wait_until([this] { return feed.open == 0; }));
}

TEST_CASE_FIXTURE(ServerFixture,
                  "draining finishes what runs, ends streams and takes nothing more") {
    RawConnection idle(server.port());
    idle.send(get("/hello"));
    CHECK(has(idle.read_until("hello"), "200 OK"));
    RawConnection busy(server.port());
    busy.send(get("/gate"));
    RawConnection streaming(server.port());
    streaming.send(get("/feed"));
    (void)streaming.read_until("\r\n\r\n");
    REQUIRE(wait_until([this] { return gate.waiting == 1; }));

    server.begin_stop();
    CHECK(idle.read_to_end().empty());
    CHECK(streaming.read_to_end() == "6\r\nclosed\r\n0\r\n\r\n");
    CHECK(server.is_draining());
    gate.open();
    const std::string answer = busy.read_to_end();
    CHECK(has(answer, "Connection: close\r\n"));
    CHECK(answer.ends_with("passed"));
    thread.join();
}

TEST_CASE_FIXTURE(ServerFixture,
                  "reads of a read model wait for each other and hold up no others") {
    std::vector<std::unique_ptr<RawConnection>> reads;
    const auto read = [&](const std::string& more) {
        reads.push_back(std::make_unique<RawConnection>(server.port()));
        reads.back()->send(get("/model", more + closing));
    };
    for (std::size_t i = 0; i < options().workers; ++i) read("");
    REQUIRE(wait_until([this] { return gate.waiting == 2; }));
    CHECK(alone(get("/hello", closing)).ends_with("hello"));
    read("Throughline-Min-Position: 0\r\n"); // may have to wait, so not among those
    CHECK(wait_until([this] { return gate.waiting == 3; }));
    gate.open();
    for (const auto& connection : reads) CHECK(connection->read_to_end().ends_with("passed"));
}

TEST_CASE_FIXTURE(ServerFixture, "what waits for nothing is answered where all workers are held") {
    std::vector<std::unique_ptr<RawConnection>> held;
    for (std::size_t i = 0; i < options().workers; ++i) {
        held.push_back(std::make_unique<RawConnection>(server.port()));
        held.back()->send(get("/gate", closing));
    }
    REQUIRE(wait_until([this] { return gate.waiting == 4; }));
    CHECK(alone(get("/instant", closing)).ends_with("instant"));
    gate.open();
    for (const auto& connection : held) CHECK(connection->read_to_end().ends_with("passed"));
}

TEST_CASE_FIXTURE(ServerFixture, "pieces of an export wait among the reads of read models") {
    std::vector<std::unique_ptr<RawConnection>> exports;
    for (std::size_t i = 0; i < options().workers; ++i) {
        exports.push_back(std::make_unique<RawConnection>(server.port()));
        exports.back()->send(get("/export", closing));
    }
    for (const auto& connection : exports) CHECK(starts(connection->read_until("\r\n\r\n"), "200"));
    REQUIRE(wait_until([this] { return gate.waiting == 2; }));
    CHECK(alone(get("/hello", closing)).ends_with("hello"));
    CHECK(gate.waiting == 2);
    gate.open();
    for (const auto& connection : exports) CHECK(has(connection->read_to_end(), "exported"));
}

TEST_CASE_FIXTURE(ServerFixture, "what a pending answer holds is given back before it is sent") {
    RawConnection connection(server.port());
    for (int i = 0; i < 20; ++i) {
        connection.send(get("/pending"));
        CHECK(connection.read_until("told").ends_with("told"));
        CHECK(claims == 0);
    }
}

namespace {

struct SmallServer : ServerFixture {
    SmallServer()
        : ServerFixture(nullptr, [](HttpServerOptions& options) {
              options.max_connections = 4;
              options.idle_timeout = 10min;
          }) {}
};

} // namespace

TEST_CASE_FIXTURE(SmallServer, "where all connections are taken the longest idle one gives way") {
    RawConnection busy(server.port());
    busy.send(get("/gate", closing));
    REQUIRE(wait_until([this] { return gate.waiting == 1; }));
    RawConnection half(server.port());
    half.send("GET /api/hello HT");
    std::vector<std::unique_ptr<RawConnection>> idle;
    for (int i = 0; i < 10; ++i) {
        idle.push_back(std::make_unique<RawConnection>(server.port()));
        idle.back()->send(get("/hello"));
        REQUIRE(idle.back()->read_until("hello").ends_with("hello"));
    }
    CHECK(half.read_to_end().empty());
    CHECK(idle.front()->read_to_end().empty());
    idle.back()->send(get("/hello"));
    CHECK(idle.back()->read_until("hello").ends_with("hello"));
    gate.open();
    CHECK(busy.read_to_end().ends_with("passed"));
}

TEST_CASE_FIXTURE(ServerFixture, "a taken port is a clear message") {
    HttpServerOptions same = options();
    same.port = server.port();
    CHECK_THROWS_WITH_AS(HttpServer(application, same),
                         doctest::Contains(("port " + std::to_string(server.port())).c_str()),
                         std::runtime_error);
}

} // namespace throughline
