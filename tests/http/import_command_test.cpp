#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

#include <fstream>

namespace throughline {
namespace {

/// `throughline import` while no server runs.
struct CommandLine {
    TestServer server;
    HttpClient client = server.new_tenant();
    TemporaryFolder folder;

    [[nodiscard]] FinishedProcess import(const std::string& csv,
                                         const std::vector<std::string>& options = {
                                             "--email", "owner@example.com"}) {
        const auto file = folder.path() / "people.csv";
        std::ofstream(file) << csv;
        std::vector<std::string> arguments{"import", file.string()};
        arguments.insert(arguments.end(), options.begin(), options.end());
        REQUIRE(server.process().terminate() == 0);
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

} // namespace throughline
