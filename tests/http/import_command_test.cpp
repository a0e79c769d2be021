#include "domain/id.hpp"
#include "tests/support/held_imports.hpp"
#include "tests/support/mails.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <functional>

namespace throughline {
namespace {

/// `throughline import` while no server runs.
struct CommandLine {
    TestServer server;
    HttpClient client = server.new_tenant();
    TemporaryFolder folder;

    [[nodiscard]] std::vector<std::string> arguments(const std::string& csv,
                                                     const std::vector<std::string>& options) {
        const auto file = folder.path() / "people.csv";
        std::ofstream(file) << csv;
        std::vector<std::string> all{"import", file.string()};
        all.insert(all.end(), options.begin(), options.end());
        return all;
    }

    /// `between` is called when the server has stopped.
    [[nodiscard]] FinishedProcess import(
        const std::string& csv,
        const std::vector<std::string>& options = {"--email", "owner@example.com"},
        const std::function<void()>& between = [] {}) {
        REQUIRE(server.process().terminate() == 0);
        between();
        FinishedProcess done = server.process().run(arguments(csv, options));
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
    HeldImports held(server, client, "activity"); // the server's stays queued
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

TEST_CASE_FIXTURE(CommandLine,
                  "an import on the command line is of a tenant where its user is active") {
    const HttpReply bob =
        client.post("/api/users", R"({"name":"Bob","email":"bob@example.com",)"
                                  R"("role":"admin","password":"battery staple"})");
    REQUIRE_MESSAGE(bob.status == 201, bob.body);
    HttpClient other = server.new_tenant("other@example.com");
    const HttpReply invited =
        other.post("/api/users/invitations", R"({"email":"bob@example.com","role":"admin"})");
    REQUIRE_MESSAGE(invited.status == 201, invited.body);
    REQUIRE(server.anonymous()
                .post("/api/users/invitations/accept",
                      to_text(JsonObject{{"token", token_in(body_of(invited).text("accept_url"))},
                                         {"name", "Bob"},
                                         {"password", "battery staple"}}))
                .status == 200);
    const auto refuses = [&](std::vector<std::string> options, const std::string& why) {
        options.insert(options.end(), {"--email", "bob@example.com"});
        const FinishedProcess done =
            server.process().run(arguments("name,email\nCy,cy@example.com\n", options));
        INFO(done.output);
        CHECK(done.status == 1);
        CHECK(done.output.find(why) != std::string::npos);
    };
    refuses({}, "bob@example.com is active in several tenants: name one of "
                "tenant-of-owner-example-com, tenant-of-other-example-com by --tenant.\n");
    refuses({"--tenant", "nobody-s"}, "bob@example.com is not active in nobody-s: ");
    const auto names = [](HttpClient& of, const FinishedProcess& done) {
        REQUIRE_MESSAGE(done.status == 0, done.output);
        const auto position = std::to_string(*printed(done).integer("last_position"));
        const Json list =
            body_of(of.get("/api/contacts?sort=name", {{"Throughline-Min-Position", position}}));
        std::string all;
        for (const Json& item : *list.find("items")->array()) all += item.text("name") + " ";
        return all;
    };
    CHECK(names(other, import("name,email\nAda,ada@example.com\n",
                              {"--email", "bob@example.com", "--tenant",
                               "tenant-of-other-example-com"})) == "Ada ");
    REQUIRE(client.request("PATCH", "/api/users/" + body_of(bob).text("id"), R"({"active":false})")
                .status == 200);
    CHECK(names(other, import("name,email\nBea,bea@example.com\n",
                              {"--email", "bob@example.com"})) == "Ada Bea ");
    refuses({"--tenant", "tenant-of-owner-example-com"},
            "bob@example.com is not active in tenant-of-owner-example-com: ");
}

TEST_CASE_FIXTURE(CommandLine, "the file of an import on the command line is read by nobody else") {
    HeldImports held(server, client);
    ChildCommand command{{THROUGHLINE_BINARY},
                         {{"DATABASE_URL", server.database().url()},
                          {"DATA_DIR", server.process().data_folder().string()}}};
    for (const auto& argument :
         arguments("name,email\nAda,ada@example.com\n", {"--email", "owner@example.com"}))
        command.arguments.push_back(argument);
    ChildProcess importing(command, folder.path() / "output");
    std::vector<std::filesystem::path> files;
    REQUIRE(wait_until([&] {
        std::error_code none_yet;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(
                 server.process().data_folder() / "imports", none_yet))
            if (entry.is_regular_file() && parse_uuid(entry.path().filename().string()))
                files.push_back(entry.path());
        return !files.empty();
    }));
    using std::filesystem::perms;
    CHECK(std::filesystem::status(files.front()).permissions() ==
          (perms::owner_read | perms::owner_write));
    held.release();
    CHECK(importing.wait() == 0);
}

} // namespace throughline
