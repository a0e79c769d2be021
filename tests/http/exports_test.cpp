#include "tests/support/raw_connection.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace throughline {
namespace {

constexpr int count = 24;

/// The chunks of an answer, in their order: the pieces of the export.
std::vector<std::string> chunks_of(TestServer& server, const std::string& token,
                                   const std::string& path) {
    RawConnection connection(server.process().port());
    connection.send("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" +
                    "Authorization: Bearer " + token + "\r\n\r\n");
    const std::string answer = connection.read_to_end();
    REQUIRE(answer.starts_with("HTTP/1.1 200 "));
    std::vector<std::string> chunks;
    for (std::size_t at = answer.find("\r\n\r\n") + 4;;) {
        const std::size_t line = answer.find("\r\n", at);
        REQUIRE(line != std::string::npos);
        const std::size_t size = std::stoul(answer.substr(at, line - at), nullptr, 16);
        if (size == 0) return chunks;
        chunks.push_back(answer.substr(line + 2, size));
        at = line + 2 + size + 2;
    }
}

} // namespace

TEST_CASE("an export of heavy records comes whole and in small pieces") {
    TestServer server;
    const std::string token = register_owner(server.url());
    HttpClient client(server.url(), {{"Authorization", "Bearer " + token}});
    std::string body; // 60 KB
    for (int i = 0; i < 15'000; ++i) body += "\U0001F4E8";
    std::string position;
    for (int i = 0; i < count; ++i) {
        const HttpReply reply = client.post(
            "/api/messages", R"({"channel":"email","direction":"in","subject":"number )" +
                                 std::to_string(i) + R"(.","body":")" + body + "\"}");
        REQUIRE(reply.status == 201);
        position = reply.header("Throughline-Position").value();
    }
    const HttpHeaders seen = {{"Throughline-Min-Position", position}};
    REQUIRE(client.get("/api/messages?limit=1", seen).status == 200);
    REQUIRE(client.get("/api/audit-logs?limit=1", seen).status == 200);
    for (const std::string path : {"/api/messages/export?format=ndjson",
                                   "/api/audit-logs/export?format=ndjson&entity_type=message"}) {
        CAPTURE(path);
        std::string all;
        for (const std::string& chunk : chunks_of(server, token, path)) {
            CHECK(chunk.size() < (512U << 10));
            all += chunk;
        }
        CHECK(std::ranges::count(all, '\n') == count);
        for (int i = 0; i < count; ++i)
            CHECK(all.find("number " + std::to_string(i) + ".") != std::string::npos);
    }
}

} // namespace throughline
