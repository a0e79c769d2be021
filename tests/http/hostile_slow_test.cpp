#include "tests/support/bystander.hpp"
#include "tests/support/raw_connection.hpp"
#include "tests/support/sse_stream.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace throughline {
namespace {

using Connections = std::vector<std::unique_ptr<RawConnection>>;
using namespace std::chrono_literals;

/// Sends a byte on each, again and again, until the server has closed all of them.
bool drip_until_closed(Connections& connections, std::string_view byte,
                       std::chrono::seconds within) {
    return wait_until(
        [&] {
            std::erase_if(connections, [&](const auto& one) { return !one->send(byte); });
            return connections.empty();
        },
        within);
}

} // namespace

TEST_CASE("clients that drip are closed in time, and streams are kept alive meanwhile") {
    TestServer server;
    const std::string token = register_owner(server.url());
    const std::string authorization = "Authorization: Bearer " + token + "\r\n";
    Bystander bystander(server);
    SseStream quiet(server.url() + "/api/events/stream?types=contact.erased",
                    {{"Authorization", "Bearer " + token}});
    REQUIRE(quiet.reply().status == 200);

    Connections heads;
    Connections bodies;
    Connections uploads;
    for (int i = 0; i < 200; ++i) {
        const auto port = server.process().port();
        heads.push_back(std::make_unique<RawConnection>(port));
        heads.back()->send("GET /health HTTP/1.1\r\nHost: a\r\nX: ");
        bodies.push_back(std::make_unique<RawConnection>(port));
        bodies.back()->send("POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: "
                            "application/json\r\nContent-Length: 1000000\r\n\r\n{");
        uploads.push_back(std::make_unique<RawConnection>(port));
        uploads.back()->send("POST /api/contacts/import HTTP/1.1\r\nHost: a\r\n" + authorization +
                             "Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n");
    }
    CHECK(bystander.is_served(100));
    CHECK(drip_until_closed(heads, "x", 120s));
    CHECK(bystander.is_served(100));
    CHECK(drip_until_closed(bodies, " ", 120s));
    CHECK(drip_until_closed(uploads, "0", 120s));
    CHECK(bystander.is_served(100));
    CHECK(bystander.fault().empty());
    // More than a minute has passed.
    for (int i = 0; i < 3; ++i) {
        const auto heartbeat = quiet.next();
        REQUIRE(heartbeat.has_value());
        CHECK(heartbeat->event == "heartbeat");
        CHECK_FALSE(heartbeat->id.empty());
    }
    CHECK(std::filesystem::is_empty(server.process().data_folder() / "spool"));
    check_unharmed(server);
}

TEST_CASE("clients that do not read their answers hold little and not for long") {
    TestServer server;
    Bystander bystander(server);
    std::string request;
    for (int i = 0; i < 300; ++i) request += "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n";
    Connections readers;
    for (int i = 0; i < 200; ++i) {
        readers.push_back(std::make_unique<RawConnection>(server.process().port()));
        readers.back()->send(request);
    }
    CHECK(bystander.is_served(100));
    CHECK(drip_until_closed(readers, "\r\n", 120s));
    CHECK(bystander.is_served(100));
    CHECK(bystander.fault().empty());
    check_unharmed(server);
}

TEST_CASE("bodies that arrive slowly and together take a bounded part of memory") {
    TestServer server;
    Bystander bystander(server);
    const std::string most(1'000'000, ' ');
    Connections bodies;
    for (int i = 0; i < 600; ++i) {
        bodies.push_back(std::make_unique<RawConnection>(server.process().port()));
        bodies.back()->send("POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: "
                            "application/json\r\nContent-Length: 1000001\r\n\r\n");
        bodies.back()->send(most);
    }
    CHECK(bystander.is_served(20));
    const auto is_refused = [](const auto& one) {
        return one->read_until("\r\n", 10ms).starts_with("HTTP/1.1 503 ");
    };
    CHECK(wait_until([&] { return std::ranges::any_of(bodies, is_refused); }));
    bodies.clear();
    CHECK(bystander.is_served(20));
    CHECK(bystander.fault().empty());
    check_unharmed(server);
}

} // namespace throughline
