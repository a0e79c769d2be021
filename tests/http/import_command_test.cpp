#include "bus/lease.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <functional>

namespace throughline {
namespace {

/// `throughline import` while no server runs.
struct CommandLine {
    TestServer server;
    HttpClient client = server.new_tenant();
    TemporaryFolder folder;

    /// `between` is called when the server has stopped.
    [[nodiscard]] FinishedProcess import(
        const std::string& csv,
        const std::vector<std::string>& options = {"--email", "owner@example.com"},
        const std::function<void()>& between = [] {}) {
        const auto file = folder.path() / "people.csv";
        std::ofstream(file) << csv;
        std::vector<std::string> arguments{"import", file.string()};
        arguments.insert(arguments.end(), options.begin(), options.end());
        REQUIRE(server.process().terminate() == 0);
        between();
        FinishedProcess done = server.process().run(arguments);
        server.process().start();
        return done;
    }
};

Json printed(const FinishedProcess& done) {
    const auto at = done.output.find("{\"id\":");
    REQUIRE_MESSAGE(at != std::string::npos, done.output);
    return parse_json(done.output.substr(at, done.output.find('\n', at) - at));
}

} // namespace

TEST_CASE_FIXTURE(CommandLine, "an import on the command line knows the tenant's own fields") {
    REQUIRE(client
                .post("/api/fields/contacts",
                      R"({"key":"tier","type":"choice","choices":["Gold","Silver"]})")
                .status == 201);
    const FinishedProcess done =
        import("name,email,tier\nAda,ada@example.com,gold\nBob,bob@example.com,Bronze\n");
    CHECK(done.status == 1); // a row failed
    const Json told = printed(done);
    CHECK(told.text("status") == "completed");
    CHECK(told.find("unmapped_columns")->array()->empty());
    CHECK(told.integer("created") == 1);
    REQUIRE(told.find("errors")->array()->size() == 1);
    CHECK(told.find("errors")->array()->front().text("pointer") == "/metadata/tier");
    const Json list = body_of(
        client.get("/api/contacts",
                   {{"Throughline-Min-Position", std::to_string(*told.integer("last_position"))}}));
    REQUIRE(list.find("items")->array()->size() == 1);
    CHECK(list.find("items")->array()->front().find("metadata")->text("tier") == "Gold");
}

TEST_CASE_FIXTURE(CommandLine, "an import on the command line leaves those of servers to servers") {
    const std::string tenant = body_of(client.get("/api/me")).find("tenant")->text("id");
    Lease held(server.database().url(), "import/" + tenant + "/activity");
    REQUIRE(held.acquire()); // the server's stays queued
    const HttpReply queued = client.post("/api/activities/import", "type,subject\ncall,Hello\n",
                                         {{"Content-Type", "text/csv"}});
    REQUIRE_MESSAGE(queued.status == 202, queued.body);
    const std::string path = *queued.header("Location");
    const FinishedProcess done = import("name,email\nAda,ada@example.com\n",
                                        {"--email", "owner@example.com"}, [&] { held.release(); });
    CHECK(done.status == 0);
    CHECK(printed(done).integer("created") == 1);
    CHECK(wait_until([&] { return body_of(client.get(path)).text("status") == "completed"; }));
}

} // namespace throughline
