#include "handlers/outbound/guarded_http.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/http_sink.hpp"
#include "tests/support/raw_connection.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <limits>

using namespace throughline;

namespace {

using Kind = HttpFault::Kind;

const HostAllowlist loopback_hosts{"127.0.0.1", "localhost"};

AddressRules letting(const std::string& networks) {
    std::vector<Network> allowed;
    REQUIRE_FALSE(read_networks(networks, allowed).has_value());
    return AddressRules(allowed);
}

/// May reach 127.0.0.1, and no other private address.
const GuardedHttp& reaching() {
    static const GuardedHttp http(letting("127.0.0.1"));
    return http;
}

HttpRequest get(const std::string& url, HttpFields headers = {}) {
    return {"GET", url, std::move(headers), {}};
}

HttpFault fault_of(const HttpOutcome& outcome) {
    const auto* const fault = std::get_if<HttpFault>(&outcome);
    REQUIRE(fault != nullptr);
    return *fault;
}

HttpResponse response_of(const HttpOutcome& outcome) {
    if (const auto* const fault = std::get_if<HttpFault>(&outcome)) FAIL(fault->detail);
    return std::get<HttpResponse>(outcome);
}

std::string ok(const SunkRequest&) { return http_answer(200, "yes"); }

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("what is asked for arrives as it was asked, and what comes back is told") {
    HttpSink sink([](const SunkRequest&) {
        return http_answer(201, "made", "Content-Type: text/plain\r\nX-Two: a\r\n");
    });
    const HttpResponse response = response_of(reaching().send(
        {"PUT", sink.url("/a/b?c=d"), {{"X-One", "1"}, {"Content-Type", "text/x"}}, "body"},
        loopback_hosts));
    CHECK(response.status == 201);
    CHECK(response.body == "made");
    CHECK_FALSE(response.is_cut);
    CHECK(*find_field(response.headers, "Content-Type") == "text/plain");
    const auto requests = sink.requests();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].method == "PUT");
    CHECK(requests[0].target == "/a/b?c=d");
    CHECK(requests[0].header("X-One") == "1");
    CHECK(requests[0].header("Content-Type") == "text/x");
    CHECK(requests[0].header("Host") == "127.0.0.1:" + std::to_string(sink.port()));
    CHECK(requests[0].body == "body");
}

TEST_CASE("a POST without a body says so, a HEAD takes none") {
    HttpSink sink([](const SunkRequest& request) {
        return request.method == "HEAD" ? "HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\n"
                                        : http_answer(204);
    });
    CHECK(response_of(reaching().send({"POST", sink.url(), {}, {}}, loopback_hosts)).status == 204);
    CHECK(response_of(reaching().send({"HEAD", sink.url(), {}, {}}, loopback_hosts)).status == 200);
    CHECK(sink.requests()[0].header("Content-Length") == "0");
    CHECK(sink.requests()[0].header("Content-Type").empty());
}

TEST_CASE("nothing is sent to a host that is not allowed") {
    HttpSink sink(ok);
    for (const HostAllowlist& allowed :
         {HostAllowlist{}, HostAllowlist{"localhost"}, HostAllowlist{"*.example.com"}}) {
        const HttpFault fault = fault_of(reaching().send(get(sink.url()), allowed));
        CHECK(fault.kind == Kind::refused);
        CHECK(has(fault.detail, "http_allowlist"));
        CHECK_FALSE(fault.is_transient);
    }
    CHECK(sink.requests().empty());
}

TEST_CASE("a wildcard allows what is below it, and not itself") {
    const HostAllowlist allowed{"*.example.com"};
    CHECK(allows(allowed, "a.example.com"));
    CHECK(allows(allowed, "a.b.example.com"));
    CHECK_FALSE(allows(allowed, "example.com"));
    CHECK_FALSE(allows(allowed, "badexample.com"));
    CHECK_FALSE(allows(allowed, "example.com.evil.net"));
    CHECK(fault_of(reaching().send(get("http://*.example.com/"), allowed)).kind == Kind::refused);
}

TEST_CASE("a private address is refused whatever name or notation leads there") {
    HttpSink sink(ok);
    const GuardedHttp http((AddressRules()));
    const HostAllowlist all{"127.0.0.1", "localhost", "::ffff:127.0.0.1", "0.0.0.0", "::1", "::"};
    for (const char* const host : {"127.0.0.1", "localhost", "LOCALHOST", "[::ffff:127.0.0.1]",
                                   "[::ffff:7f00:1]", "0.0.0.0", "[::]", "2130706433", "0x7f000001",
                                   "0x7f.0.0.1", "0177.0.0.1", "127.1", "0", "%31%32%37.0.0.1"}) {
        CAPTURE(std::string(host));
        const HttpFault fault = fault_of(http.send(get(sink.url("/", host)), all));
        CHECK(fault.kind == Kind::refused);
        CHECK_FALSE(fault.is_transient);
    }
    for (const char* const host : {"localhost.", "127.0.0.1."}) // resolved by some systems alone
        CHECK(fault_of(http.send(get(sink.url("/", host)), all)).kind != Kind::failed);
    CHECK(sink.requests().empty());
}

TEST_CASE("an operator may let private networks be reached") {
    HttpSink sink(ok);
    const GuardedHttp http(letting("127.0.0.0/8"));
    const HostAllowlist all{"localhost", "::ffff:127.0.0.1"};
    CHECK(response_of(http.send(get(sink.url("/", "localhost")), all)).body == "yes");
    CHECK(response_of(http.send(get(sink.url("/", "[::ffff:127.0.0.1]")), all)).body == "yes");
}

TEST_CASE("only http and https without credentials are sent") {
    HttpSink sink(ok);
    const std::string authority = "127.0.0.1:" + std::to_string(sink.port());
    const std::vector<std::string> urls{"ftp://" + authority,
                                        "file:///etc/passwd",
                                        "gopher://" + authority + "/_x",
                                        "http://user:secret@" + authority + "/",
                                        "http://user@" + authority + "/",
                                        "http://127.0.0.1\\@evil.example/",
                                        std::string("//") + authority,
                                        authority,
                                        std::string("http://"),
                                        std::string(),
                                        "http://" + authority + "/a b\r\nX: y",
                                        "http://" + authority + "/" + std::string(9000, 'x')};
    for (const std::string& url : urls) {
        CAPTURE(url);
        const HttpFault fault = fault_of(reaching().send(get(url), loopback_hosts));
        CHECK(fault.kind == Kind::refused);
        CHECK_FALSE(has(fault.detail, "secret"));
    }
    CHECK(sink.requests().empty());
}

TEST_CASE("headers that are the connection's, or break out of their line, are refused") {
    HttpSink sink(ok);
    for (const auto& [name, value] : HttpFields{{"Host", "evil"},
                                                {"content-length", "3"},
                                                {"Transfer-Encoding", "chunked"},
                                                {"Connection", "close"},
                                                {"Proxy-Authorization", "x"},
                                                {"Upgrade", "h2c"},
                                                {"X-A", "a\r\nX-B: b"},
                                                {"X-A\r\nX-B", "b"},
                                                {"X A", "b"},
                                                {"", "b"},
                                                {"X-A:", "b"},
                                                {"X-A", std::string("a\0b", 3)}}) {
        CAPTURE(name);
        CHECK(fault_of(reaching().send(get(sink.url(), {{name, value}}), loopback_hosts)).kind ==
              Kind::refused);
    }
    CHECK(fault_of(reaching().send({"GET / HTTP/1.1\r\nX:", sink.url(), {}, {}}, loopback_hosts))
              .kind == Kind::refused);
    CHECK(sink.requests().empty());
    CHECK(response_of(reaching().send(get(sink.url(), {{"X-Empty", ""}}), loopback_hosts)).status ==
          200);
}

TEST_CASE("every redirect is checked anew") {
    std::string target;
    HttpSink sink([&](const SunkRequest& request) {
        return request.target == "/" ? http_answer(302, "", "Location: " + target + "\r\n")
                                     : ok(request);
    });
    HttpSink elsewhere(ok, "127.0.0.2");
    const HostAllowlist both{"127.0.0.1", "127.0.0.2"};
    target = elsewhere.url("/", "127.0.0.2");
    HttpFault fault = fault_of(reaching().send(get(sink.url()), both));
    CHECK(fault.kind == Kind::refused);
    CHECK(has(fault.detail, "loopback"));
    fault = fault_of(GuardedHttp(letting("127.0.0.0/8")).send(get(sink.url()), loopback_hosts));
    CHECK(fault.kind == Kind::refused);
    CHECK(has(fault.detail, "http_allowlist"));
    for (const char* const other :
         {"http://169.254.169.254/latest/meta-data/", "file:///etc/passwd",
          "http://[fd00:ec2::254]/", "http://user:secret@127.0.0.1/"}) {
        target = other;
        CHECK(fault_of(reaching().send(get(sink.url()),
                                       {"127.0.0.1", "169.254.169.254", "fd00:ec2::254"}))
                  .kind == Kind::refused);
    }
    CHECK(elsewhere.requests().empty());
    target = "/there";
    const HttpResponse response = response_of(reaching().send(get(sink.url()), loopback_hosts));
    CHECK(response.body == "yes");
    CHECK(response.url == sink.url("/there"));
}

TEST_CASE("a redirect takes along what its status lets it") {
    int status = 303;
    HttpSink end(ok);
    std::string target = end.url();
    HttpSink sink([&](const SunkRequest& request) {
        return request.target == "/" ? http_answer(status, "", "Location: " + target + "\r\n")
                                     : ok(request);
    });
    const auto redirected = [&](const std::string& method) {
        const auto response = response_of(reaching().send({method,
                                                           sink.url(),
                                                           {{"Authorization", "Bearer x"},
                                                            {"cookie", "a=b"},
                                                            {"X-Api-Key", "secret"},
                                                            {"Accept", "text/x"},
                                                            {"Content-Type", "text/x"}},
                                                           "body"},
                                                          loopback_hosts));
        CHECK(response.status == 200);
        return end.requests().back();
    };
    SunkRequest got = redirected("POST");
    CHECK(got.method == "GET");
    CHECK(got.body.empty());
    CHECK(got.header("Content-Type").empty());
    CHECK(got.header("Accept") == "text/x");
    CHECK(got.header("X-Api-Key").empty()); // another port is another origin
    CHECK(got.header("Authorization").empty());
    CHECK(got.header("Cookie").empty());
    status = 301;
    CHECK(redirected("POST").method == "GET");
    CHECK(redirected("PUT").method == "PUT");
    status = 307;
    got = redirected("POST");
    CHECK(got.method == "POST");
    CHECK(got.body == "body");
    target = "/again";
    CHECK(response_of(
              reaching().send(get(sink.url(), {{"Authorization", "Bearer x"}}), loopback_hosts))
              .status == 200);
    CHECK(sink.requests().back().header("Authorization") == "Bearer x");
}

TEST_CASE("redirects end somewhere") {
    int left = 5;
    HttpSink sink([&](const SunkRequest&) {
        return left-- > 0 ? http_answer(302, "", "Location: /next\r\n") : http_answer(200);
    });
    CHECK(response_of(reaching().send(get(sink.url()), loopback_hosts)).status == 200);
    left = std::numeric_limits<int>::max();
    const HttpFault fault = fault_of(reaching().send(get(sink.url()), loopback_hosts));
    CHECK(fault.kind == Kind::redirected);
    CHECK_FALSE(fault.is_transient);
    CHECK(sink.requests().size() == 12);
}

TEST_CASE("a long body is cut, long headers are a fault") {
    HttpSink sink([](const SunkRequest& request) {
        if (request.target == "/body") return http_answer(200, std::string(2U << 20, 'x'));
        return http_answer(200, "", "X-Long: " + std::string(70'000, 'x') + "\r\n");
    });
    const HttpResponse cut = response_of(reaching().send(get(sink.url("/body")), loopback_hosts));
    CHECK(cut.is_cut);
    CHECK(cut.body.size() == 1U << 20);
    CHECK(cut.status == 200);
    const HttpFault fault = fault_of(reaching().send(get(sink.url("/headers")), loopback_hosts));
    CHECK(fault.kind == Kind::failed);
    CHECK_FALSE(fault.is_transient);
}

TEST_CASE("a server that does not answer, or not to the end, is waited for only so long") {
    HttpSink silent([](const SunkRequest&) { return std::string(); });
    HttpLimits limits;
    limits.total = std::chrono::milliseconds(300);
    const GuardedHttp hasty(letting("127.0.0.1"), limits);
    const HttpFault late = fault_of(hasty.send(get(silent.url()), loopback_hosts));
    CHECK(late.kind == Kind::timed_out);
    CHECK(late.is_transient);
    HttpSink broken([](const SunkRequest&) {
        return std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    });
    const HttpFault cut = fault_of(reaching().send(get(broken.url()), loopback_hosts));
    CHECK(cut.kind == Kind::failed);
    CHECK(cut.is_transient);
}

TEST_CASE("a port where nobody listens and a name without an address may work later") {
    const HttpFault closed = fault_of(reaching().send(
        get("http://127.0.0.1:" + std::to_string(free_port()) + "/"), loopback_hosts));
    CHECK(closed.kind == Kind::failed);
    CHECK(closed.is_transient);
    const HttpFault nowhere =
        fault_of(reaching().send(get("http://nowhere.invalid/"), {"nowhere.invalid"}));
    CHECK((nowhere.kind == Kind::unresolved || nowhere.kind == Kind::timed_out));
    CHECK(nowhere.is_transient);
}

TEST_CASE("a proxy of the environment is not used") {
    HttpSink sink(ok);
    HttpSink proxy(ok);
    for (const char* const name : {"http_proxy", "ALL_PROXY"}) setenv(name, proxy.url().c_str(), 1);
    const HttpResponse response = response_of(reaching().send(get(sink.url()), loopback_hosts));
    for (const char* const name : {"http_proxy", "ALL_PROXY"}) unsetenv(name);
    CHECK(response.body == "yes");
    CHECK(proxy.requests().empty());
}

TEST_CASE("a certificate that nobody vouches for is refused for good") {
    const Certificate certificate;
    const TemporaryFolder folder;
    const std::uint16_t port = free_port();
    ChildProcess server({{"openssl", "s_server", "-accept", std::to_string(port), "-cert",
                          certificate.file().string(), "-key", certificate.key().string(), "-www"},
                         {}},
                        folder.path() / "log");
    REQUIRE(wait_until([&] {
        try {
            const RawConnection connection(port);
            return true;
        } catch (const std::exception&) {
            return false;
        }
    }));
    const HttpFault fault = fault_of(
        reaching().send(get("https://127.0.0.1:" + std::to_string(port) + "/"), loopback_hosts));
    CHECK(fault.kind == Kind::failed);
    CHECK_FALSE(fault.is_transient);
}
