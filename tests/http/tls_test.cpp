#include "tests/support/certificate.hpp"
#include "tests/support/sse_stream.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/tls_tunnel.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/websocket_client.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <fstream>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

Environment with(const Certificate& certificate) {
    return {{"TLS_CERT", certificate.file().string()}, {"TLS_KEY", certificate.key().string()}};
}

/// curl's exit status, which trusts this certificate alone.
int curl(const TestServer& server, const std::filesystem::path& trusted,
         std::vector<std::string> options = {}) {
    ChildCommand command{{"curl", "-sS", "-o", "/dev/null", "--noproxy", "*", "--cacert",
                          trusted.string(), server.url() + "/health"},
                         {}};
    command.arguments.insert(command.arguments.end(), options.begin(), options.end());
    return run_process(command).status;
}

} // namespace

TEST_CASE("with a certificate the whole server speaks HTTPS") {
    const Certificate certificate;
    TestServer server(with(certificate));
    CHECK(curl(server, certificate.file()) == 0);
    CHECK(curl(server, certificate.file(), {"--tlsv1.3"}) == 0);
    CHECK(curl(server, certificate.file(), {"--tls-max", "1.2"}) == 0);
    CHECK(curl(server, certificate.file(), {"--http2"}) == 0);
    CHECK(curl(server, certificate.file(),
               {"--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"}) != 0);
    CHECK(curl(server, Certificate().file()) != 0);
    HttpClient plain("http://127.0.0.1:" + std::to_string(server.process().port()));
    CHECK_THROWS(static_cast<void>(plain.get("/health")));

    const HttpHeaders owner{{"Authorization", "Bearer " + register_owner(server.url())}};
    HttpClient client(server.url(), owner);
    SseStream stream(server.url() + "/api/events/stream", owner);
    REQUIRE(stream.next().has_value()); // where it begins
    const TlsTunnel tunnel(server.process().port());
    WebSocketClient follower(tunnel.port(), "/api/events/ws", owner);
    REQUIRE(follower.next().has_value());
    const HttpReply created = client.post("/api/contacts", R"({"name":"Ada"})");
    CHECK(created.status == 201);
    CHECK(stream.next()->id == created.header("Throughline-Position"));
    CHECK(follower.next()->find("Ada") != std::string::npos);
    CHECK(server.process().terminate() == 0);
    CHECK(follower.close_code() == 1001);
    CHECK(stream.ended());
}

TEST_CASE("on SIGHUP the certificate is read again, and a wrong one is left out") {
    const Certificate certificate("first");
    const Certificate renewed("second");
    TestServer server(with(certificate));
    const auto is_logged = [&](const std::string& text) {
        return wait_until(
            [&] { return server.process().output().find(text) != std::string::npos; });
    };
    REQUIRE(curl(server, renewed.file()) != 0);
    certificate.become(renewed);
    server.process().process().send(SIGHUP);
    REQUIRE(is_logged("read again"));
    CHECK(curl(server, renewed.file()) == 0);
    std::ofstream(certificate.key()) << "no key";
    server.process().process().send(SIGHUP);
    REQUIRE(is_logged("stays as it was"));
    CHECK(curl(server, renewed.file()) == 0);
}

TEST_CASE("half of what TLS takes is refused at start, by its variable") {
    const Certificate certificate;
    const auto fault = [&](Environment environment) {
        environment["DATABASE_URL"] = "postgresql:///nowhere";
        const FinishedProcess refused = run_process({{THROUGHLINE_BINARY, "serve"}, environment});
        CHECK(refused.status == 1);
        return refused.output;
    };
    CHECK(fault({{"TLS_CERT", certificate.file().string()}}).find("TLS_KEY must be set too") !=
          std::string::npos);
    CHECK(fault({{"TLS_KEY", certificate.key().string()}}).find("TLS_CERT must be set too") !=
          std::string::npos);
    CHECK(fault({{"TLS_CERT", "/nowhere"}, {"TLS_KEY", certificate.key().string()}})
              .find("TLS_CERT cannot be read") != std::string::npos);
}
