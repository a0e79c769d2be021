#include "tests/support/bystander.hpp"
#include "tests/support/peak_memory.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <chrono>

namespace throughline {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t large = 24U << 20;
constexpr std::size_t many = 12U << 20; // of short lines

std::string repeated(std::string_view text, std::size_t bytes) {
    std::string out;
    out.reserve(bytes + text.size());
    while (out.size() < bytes) out += text;
    return out;
}

struct Upload {
    std::string what;
    std::string type;
    std::string file;
    std::string fate; // what is refused: "422 <code> <pointer>"; else "<created> <failed> <code>"
};

std::vector<Upload> uploads() {
    const std::string cards = "\nEND:VCARD\nBEGIN:VCARD\nFN:Ada\nEND:VCARD\n";
    const std::string numbers =
        R"({"name":"Ada","metadata":{"n":[)" + repeated("0,", 64'000) + "0]}}\n";
    return {
        {"a line of 24 MiB", "text/csv", repeated("x", large), "422 invalid_format /file"},
        {"a row of 24 MiB", "text/csv", "name\n" + repeated("x", large) + "\nAda\n",
         "1 1 too_large"},
        {"a million columns", "text/csv", repeated("name,", 5'000'000) + "\nAda\n",
         "422 invalid_format /file"},
        {"an open quote", "text/csv", "name\nAda\n\"" + repeated("x\n", many), "1 1 too_large"},
        {"a NUL", "text/csv", std::string("name,email\nA\0da,a@b.co\nBob,b@b.co\n", 34),
         "1 1 invalid_format"},
        {"byte 255 as delimiter", "text/csv", "\xEF\xBB\xBFsep=\xFF\nname\nAda\n",
         "422 invalid_format /file"},
        {"a cell of 100,000 addresses", "text/csv",
         "name,email\nAda,\"" + repeated("a@b.co;", 700'000) + "\"\n", "1 0 "},
        {"millions of properties", "text/vcard", "BEGIN:VCARD\n" + repeated("A:\n", large) + cards,
         "1 1 invalid_format"},
        {"a property of 24 MiB", "text/vcard",
         "BEGIN:VCARD\nNOTE;QUOTED-PRINTABLE:" + repeated("=3D=\n", large) + cards,
         "1 1 invalid_format"},
        {"no card", "text/vcard", repeated("BEGIN:VCARD", large), "422 invalid_format /file"},
        {"deep lines", "application/x-ndjson", repeated("[", many) + "\n{\"name\":\"Ada\"}\n",
         "1 1 too_large"},
        {"lines of many numbers", "application/x-ndjson", repeated(numbers, 200 * numbers.size()),
         "0 200 too_large"},
    };
}

/// The end of what was begun, however long it takes.
HttpReply finished(HttpClient& client, HttpReply reply) {
    if (reply.status != 202) return reply;
    const std::string job = *reply.header("Location");
    REQUIRE(wait_until(
        [&] {
            reply = client.get(job);
            const std::string status = body_of(reply).text("status");
            return status == "completed" || status == "failed";
        },
        5min));
    return reply;
}

std::string fate_of(const HttpReply& reply) {
    if (reply.status != 200) return std::to_string(reply.status) + " " + first_error(reply);
    const Json import = body_of(reply);
    const JsonArray& errors = *import.find("errors")->array();
    return std::to_string(*import.integer("created")) + " " +
           std::to_string(*import.integer("failed")) + " " +
           (errors.empty() ? "" : errors.front().text("code"));
}

} // namespace

TEST_CASE("hostile files get the contract's errors in little memory, and others are served") {
    TestServer server;
    HttpClient client = server.new_tenant();
    client.set_timeout(3min);
    Bystander bystander(server);
    for (const Upload& upload : uploads()) {
        CAPTURE(upload.what);
        const HttpHeaders headers = {{"Content-Type", upload.type}, {"Prefer", "wait=30"}};
        const auto began = std::chrono::steady_clock::now();
        const std::size_t served = bystander.served();
        const HttpReply reply = finished(
            client, client.post("/api/contacts/import?on_duplicate=create", upload.file, headers));
        CHECK(fate_of(reply) == upload.fate);
        if (std::chrono::steady_clock::now() - began > 1s) CHECK(bystander.served() > served);
    }
    CHECK(client.get("/api/contacts").status == 200);
    CHECK(bystander.is_served());
    CHECK(bystander.fault().empty());
    CHECK(bystander.longest() < 20s); // milliseconds, but for sanitizers on a busy machine
    CHECK(peak_memory_of_process(server.process().process().id()) < (200U << 20));
    check_unharmed(server);
}

} // namespace throughline
