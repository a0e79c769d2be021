#include "tests/support/bystander.hpp"
#include "tests/support/raw_connection.hpp"

#include <doctest/doctest.h>

#include <cctype>
#include <string>
#include <vector>

namespace throughline {
namespace {

std::size_t answers_in(const std::string& text) {
    std::size_t count = 0;
    for (auto at = text.find("HTTP/1.1 "); at != std::string::npos;
         at = text.find("HTTP/1.1 ", ++at))
        count += std::isdigit(static_cast<unsigned char>(text[at + 9])) != 0 ? 1U : 0U;
    return count;
}

/// What a proxy in front of us might pass on without noticing: nobody may see this created.
const std::string smuggled_body = R"({"name":"Smuggled"})";

struct Attack {
    TestServer server;
    std::string token = register_owner(server.url());
    Bystander bystander{server};

    [[nodiscard]] std::string authorization() const {
        return "Authorization: Bearer " + token + "\r\n";
    }
    [[nodiscard]] std::string smuggled() const {
        return "POST /api/contacts HTTP/1.1\r\nHost: a\r\n" + authorization() +
               "Content-Type: application/json\r\nContent-Length: " +
               std::to_string(smuggled_body.size()) + "\r\n\r\n" + smuggled_body;
    }
    /// Creates a contact, with these headers about the body.
    [[nodiscard]] std::string create(const std::string& headers, const std::string& body) const {
        return "POST /api/contacts HTTP/1.1\r\nHost: a\r\n" + authorization() +
               "Content-Type: application/json\r\n" + headers + "\r\n" + body;
    }
    /// All answers on one connection up to its end, and how it looked from the client.
    [[nodiscard]] std::string answers(const std::string& request) const {
        RawConnection connection(const_cast<TestServer&>(server).process().port());
        connection.send(request);
        return connection.read_to_end();
    }
    [[nodiscard]] std::size_t contacts() {
        HttpClient client(server.url(), {{"Authorization", "Bearer " + token}});
        const Json page = body_of(client.get("/api/events?types=contact.created&limit=1000"));
        return page.find("items")->array()->size();
    }
    /// One refusal, then the end: what follows on the connection is nobody's request.
    void refused(const std::string& what, const std::string& request, const std::string& status) {
        CAPTURE(what);
        const std::string answer = answers(request + smuggled());
        CHECK_MESSAGE(answer.starts_with("HTTP/1.1 " + status + " "), answer);
        CHECK(answer.find("application/problem+json") != std::string::npos);
        CHECK(answer.find("Connection: close\r\n") != std::string::npos);
        CHECK_MESSAGE(answers_in(answer) == 1, answer);
    }
    /// Neither the server nor who uses it beside us.
    void check_nobody_harmed() {
        CHECK(bystander.is_served());
        CHECK(bystander.fault().empty());
        check_unharmed(server);
    }
};

} // namespace

TEST_CASE("no two ways to read where a body ends") {
    Attack attack;
    const std::string body = R"({"name":"x"})";
    const std::string chunked = "c\r\n" + body + "\r\n0\r\n\r\n";
    const struct {
        const char* headers;
        const std::string& body;
        const char* status;
    } heads[] = {
        {"Content-Length: 12\r\nTransfer-Encoding: chunked\r\n", chunked, "400"},
        {"Transfer-Encoding: chunked\r\nContent-Length: 12\r\n", chunked, "400"},
        {"Content-Length: 12\r\nContent-Length: 12\r\n", body, "400"},
        {"Content-Length: 12\r\nContent-Length: 13\r\n", body, "400"},
        {"Content-Length: 12, 12\r\n", body, "400"},
        {"Content-Length: 12, 13\r\n", body, "400"},
        {"Content-Length: +12\r\n", body, "400"},
        {"Content-Length: -12\r\n", body, "400"},
        {"Content-Length: 1 2\r\n", body, "400"},
        {"Content-Length: \r\n", body, "400"},
        {"Content-Length: 0x0c\r\n", body, "400"},
        {"Content-Length: 12.0\r\n", body, "400"},
        {"Content-Length: 1e1\r\n", body, "400"},
        {"Content-Length: \xEF\xBC\x91\xEF\xBC\x92\r\n", body, "400"},
        {"Content-Length: 99999999999999999999\r\n", body, "400"},
        {"Content-Length: 18446744073709551628\r\n", body, "400"},
        {"Content-Length: 18446744073709551615\r\n", body, "413"},
        {"Content-Length:\r\n 12\r\n", body, "400"},
        {"X: a\r\n b\r\nContent-Length: 12\r\n", body, "400"},
        {"X: a\r\n\tTransfer-Encoding: chunked\r\nContent-Length: 12\r\n", body, "400"},
        {"Transfer-Encoding:\r\n chunked\r\n", chunked, "400"},
        {"Content-Length: 12\n", body, "400"},
        {"X: a\rContent-Length: 12\r\n", body, "400"},
        {"Content-Length : 12\r\n", body, "400"},
        {"Content-Length\t: 12\r\n", body, "400"},
        {"Transfer-Encoding : chunked\r\n", chunked, "400"},
        {"Transfer-Encoding: \x0b"
         "chunked\r\n",
         chunked, "400"},
        {"Transfer-Encoding: xchunked\r\n", chunked, "501"},
        {"Transfer-Encoding: chunked,\r\n", chunked, "501"},
        {"Transfer-Encoding: ,chunked\r\n", chunked, "501"},
        {"Transfer-Encoding: chunked;q=1\r\n", chunked, "501"},
        {"Transfer-Encoding: \"chunked\"\r\n", chunked, "501"},
        {"Transfer-Encoding: gzip, chunked\r\n", chunked, "501"},
        {"Transfer-Encoding: chunked, identity\r\n", chunked, "501"},
        {"Transfer-Encoding: identity\r\n", chunked, "501"},
    };
    for (const auto& head : heads)
        attack.refused(head.headers, attack.create(head.headers, head.body), head.status);
    for (const std::string again :
         {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"}) {
        const std::string answer =
            attack.answers(attack.create(again, chunked) + attack.smuggled());
        CHECK_MESSAGE((answer.starts_with("HTTP/1.1 400 ") || answer.starts_with("HTTP/1.1 501 ")),
                      answer);
        CHECK_MESSAGE(answers_in(answer) == 1, answer);
    }
    std::string older = attack.create("Transfer-Encoding: chunked\r\n", chunked);
    older.replace(older.find("HTTP/1.1"), 8, "HTTP/1.0");
    attack.refused("chunks in HTTP/1.0", older, "400");
    CHECK(attack.contacts() == 0);
    attack.check_nobody_harmed();
}

TEST_CASE("chunks are read strictly and their frames are bounded") {
    Attack attack;
    const std::string te = "Transfer-Encoding: chunked\r\n";
    const std::string body = R"({"name":"x"})";
    const std::string end = "\r\n0\r\n\r\n";
    const std::string much(20'000, 'x');
    const std::string nul(1, '\0');
    const std::vector<std::string> wrong = {
        "-c\r\n" + body + end,
        "+c\r\n" + body + end,
        "0xc\r\n" + body + end,
        " c\r\n" + body + end,
        "c \r\n" + body + end,
        "c\n" + body + end,
        "\r\n" + body + end,
        "1000000000000000c\r\n" + body + end,
        "c\r\n" + body + "\n0\r\n\r\n",
        "c\r\n" + body + "\r\n0\n\n",
        "c\r\n" + body + "XX0\r\n\r\n",
        "b\r\n" + body + end,
        "c;a\nb\r\n" + body + end,
        "c;a\rb\r\n" + body + end,
        "c;a" + nul + "b\r\n" + body + end,
        "c;a=" + much + "\r\n" + body + end,
        std::string(20'000, '0') + "c\r\n" + body + end,
        "c\r\n" + body + "\r\n0\r\nContent-Length: 50\r\n\r\n",
        "c\r\n" + body + "\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "c\r\n" + body + "\r\n0\r\nno header\r\n\r\n",
        "c\r\n" + body + "\r\n0\r\nX: " + much + "\r\n\r\n",
    };
    for (const std::string& chunks : wrong)
        attack.refused(chunks.substr(0, 40), attack.create(te, chunks), "400");
    CHECK(attack.contacts() == 0);

    // What a trailer says changes nothing; what follows is the next request.
    const std::string trailed =
        attack.create(te, "c;ext=\"q\"\r\n" + body + "\r\n0\r\nAuthorization: none\r\n\r\n") +
        "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    const std::string both = attack.answers(trailed);
    CHECK(both.starts_with("HTTP/1.1 201 "));
    CHECK(both.find("HTTP/1.1 200 ") != std::string::npos);
    CHECK(attack.contacts() == 1);

    // A frame without end is given up early.
    for (const std::string start : {"c;a=", "0\r\nX: ", "0"}) {
        RawConnection connection(attack.server.process().port());
        connection.send(attack.create(te, start));
        std::size_t megabytes = 0;
        while (megabytes < 100 && connection.send(std::string(1U << 20, '0'))) ++megabytes;
        CHECK_MESSAGE(megabytes < 100, start);
    }
    attack.check_nobody_harmed();
}

TEST_CASE("request lines and headers that are no HTTP/1.1 are refused") {
    Attack attack;
    const std::string host = "Host: a\r\n\r\n";
    const std::string nul(1, '\0');
    const std::vector<std::string> wrong = {
        "GET /health\r\n\r\n",
        "GET /health HTTP/1.1\r\n\r\n",
        "GET /health HTTP/1.2\r\n" + host,
        "GET /health HTTP/2.0\r\n" + host,
        "GET /health http/1.1\r\n" + host,
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET  /health HTTP/1.1\r\n" + host,
        "GET\t/health HTTP/1.1\r\n" + host,
        " GET /health HTTP/1.1\r\n" + host,
        "GET /health HTTP/1.1 \r\n" + host,
        "GET /health HTTP/1.1\nHost: a\n\n\r\n\r\n",
        "GET /hea" + nul + "lth HTTP/1.1\r\n" + host,
        "GET /hea\x01lth HTTP/1.1\r\n" + host,
        "GET  HTTP/1.1\r\n" + host,
        "G@T /health HTTP/1.1\r\n" + host,
        "GET health HTTP/1.1\r\n" + host,
        "GET a:80 HTTP/1.1\r\n" + host,
        "GET * HTTP/1.1\r\n" + host,
        "GET ftp://a/health HTTP/1.1\r\n" + host,
        "GET http:///health HTTP/1.1\r\n" + host,
        "GET http://u@a/health HTTP/1.1\r\n" + host,
        "GET /health HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: u@a\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: a/b\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET /health HTTP/1.1\r\n X: y\r\n" + host,
        "GET /health HTTP/1.1\r\nX" + nul + ": a\r\n" + host,
        "GET /health HTTP/1.1\r\nX: a" + nul + "\r\n" + host,
        "GET /health HTTP/1.1\r\nX: a\x01\r\n" + host,
        "GET /health HTTP/1.1\r\nX: a\x7f\r\n" + host,
        "GET /health HTTP/1.1\r\nX Y: a\r\n" + host,
        "GET /health HTTP/1.1\r\nX\xC3\xA9: a\r\n" + host,
        "GET /health HTTP/1.1\r\n: a\r\n" + host,
        "GET /health HTTP/1.1\r\nnothing\r\n" + host,
        std::string("\x16\x03\x01\x00\xC8\x01\x00\x00\xC4\x03\x03", 11) + "\r\n\r\n",
    };
    for (const std::string& request : wrong) attack.refused(request, request, "400");
    for (const char* single : {"Authorization: Bearer x", "Idempotency-Key: k", "X-Tenant-ID: t",
                               "Content-Type: application/json", "Throughline-Min-Position: 1",
                               "Last-Event-ID: 1", "Expect: 100-continue"})
        attack.refused(single,
                       "GET /api/contacts HTTP/1.1\r\n" + std::string(single) + "\r\nX: y\r\n" +
                           single + "\r\n" + host,
                       "400");
    std::string many;
    for (int i = 0; i < 4000; ++i) many += "X" + std::to_string(i) + ": y\r\n";
    attack.refused("many headers", "GET /health HTTP/1.1\r\n" + many + host, "431");
    attack.refused("a long header",
                   "GET /health HTTP/1.1\r\nX: " + std::string(17'000, 'x') + "\r\n" + host, "431");
    attack.refused("a long target", "GET /" + std::string(17'000, 'x') + " HTTP/1.1\r\n" + host,
                   "431");
    attack.refused("a long method", std::string(17'000, 'X') + " / HTTP/1.1\r\n" + host, "431");
    CHECK(attack.contacts() == 0);
    attack.check_nobody_harmed();
}

TEST_CASE("odd but harmless requests are answered, and nothing of them is taken for another") {
    Attack attack;
    const std::string end = "Host: a\r\nConnection: close\r\n\r\n";
    std::string empty_lines;
    for (int i = 0; i < 200; ++i) empty_lines += "\r\n";
    const struct {
        std::string request;
        const char* status;
    } odd[] = {
        {"GET http://elsewhere/health HTTP/1.1\r\n" + end, "200"},
        {"GET http://elsewhere HTTP/1.1\r\n" + end, "404"},
        {"GET /health HTTP/1.0\r\n\r\n", "200"},
        {"CONNECT a:80 HTTP/1.1\r\n" + end, "404"},
        {"CONNECT /health HTTP/1.1\r\n" + end, "405"},
        {"TRACE /health HTTP/1.1\r\nX: echoed\r\n" + end, "405"},
        {"get /health HTTP/1.1\r\n" + end, "405"},
        {"GET //health HTTP/1.1\r\n" + end, "404"},
        {"GET /./health HTTP/1.1\r\n" + end, "404"},
        {"GET /x/../health HTTP/1.1\r\n" + end, "404"},
        {"GET /%2e%2e/health HTTP/1.1\r\n" + end, "404"},
        {"GET /..%2f..%2fetc%2fpasswd HTTP/1.1\r\n" + end, "404"},
        {"GET /api%2fcontacts HTTP/1.1\r\n" + end, "404"},
        {"GET /health%00 HTTP/1.1\r\n" + end, "404"},
        {"GET /%c0%afhealth HTTP/1.1\r\n" + end, "404"},
        {"GET /health% HTTP/1.1\r\n" + end, "404"},
        {"GET /h\xFF HTTP/1.1\r\n" + end, "404"},
        {"GET /health HTTP/1.1\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n" +
             end,
         "200"},
        {empty_lines + "GET /health HTTP/1.1\r\n" + end, "200"},
        {"GET /health HTTP/1.1\r\n" + end + attack.smuggled(), "200"},
    };
    for (const auto& one : odd) {
        CAPTURE(one.request.substr(0, 60));
        const std::string answer = attack.answers(one.request);
        CHECK_MESSAGE(answer.starts_with("HTTP/1.1 " + std::string(one.status)), answer);
        CHECK(answers_in(answer) == 1);
        CHECK(answer.find("echoed") == std::string::npos);
    }
    // The body of a GET is read past: the next request begins behind it.
    const std::string smuggled = attack.smuggled();
    const std::string both = attack.answers(
        "GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(smuggled.size()) +
        "\r\n\r\n" + smuggled + "GET /health HTTP/1.1\r\n" + end);
    CHECK_MESSAGE(both.starts_with("HTTP/1.1 200 "), both);
    CHECK_MESSAGE(both.find("HTTP/1.1 200 ", 1) != std::string::npos, both);
    CHECK_MESSAGE(answers_in(both) == 2, both);
    CHECK(attack.contacts() == 0);
    attack.check_nobody_harmed();
}

} // namespace throughline
