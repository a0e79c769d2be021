#include "tests/support/child_process.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <memory>
#include <vector>

namespace throughline {

TEST_CASE("servers that migrate one new database at the same time all pass") {
    TestDatabase database;
    TemporaryFolder folder;
    const ChildCommand migrate{
        {THROUGHLINE_BINARY, "migrate"},
        {{"DATABASE_URL", database.url()}, {"DATA_DIR", (folder.path() / "data").string()}}};
    std::vector<std::unique_ptr<ChildProcess>> processes;
    for (int i = 0; i < 4; ++i)
        processes.push_back(std::make_unique<ChildProcess>(migrate, folder.path() / "output"));
    for (const auto& process : processes)
        CHECK_MESSAGE(process->wait() == 0, text_of_file(folder.path() / "output"));
}

TEST_CASE("to migrate once more waits for nobody who reads a list, and holds nobody up") {
    TestDatabase database;
    TemporaryFolder folder;
    const ChildCommand migrate{
        {THROUGHLINE_BINARY, "migrate"},
        {{"DATABASE_URL", database.url()}, {"DATA_DIR", (folder.path() / "data").string()}}};
    REQUIRE(run_process(migrate).status == 0);
    pqxx::connection connection(database.url());
    pqxx::work reader(connection);
    reader.exec("set local idle_in_transaction_session_timeout = '30s';"
                " select from list_contact; select from search; select from timeline");
    CHECK(run_process(migrate).status == 0);
    CHECK_NOTHROW(reader.commit());
}

TEST_CASE("a server on a database that is not migrated says what to do") {
    TemporaryFolder folder;
    const PrivatePostgres fresh(PrivatePostgres::Durability::none); // without our roles
    const TestDatabase empty;
    for (const std::string& url : {fresh.url(), empty.url()}) {
        const FinishedProcess refused =
            run_process({{THROUGHLINE_BINARY, "serve"},
                         {{"DATABASE_URL", url}, {"DATA_DIR", (folder.path() / "data").string()}}});
        CHECK(refused.status == 1);
        CHECK_MESSAGE(refused.output.find("run `throughline migrate` first") != std::string::npos,
                      refused.output);
    }
}

TEST_CASE("a wrong variable is refused at start by its name") {
    TemporaryFolder folder;
    const auto output_of = [&](const Environment& environment) {
        return run_process({{THROUGHLINE_BINARY, "serve"}, environment});
    };
    const FinishedProcess port = output_of({{"PORT", "http"}});
    CHECK(port.status != 0);
    CHECK(port.output.find("PORT must be") != std::string::npos);
    const FinishedProcess secret = output_of({{"JWT_SECRET", "short"}});
    CHECK(secret.status != 0);
    CHECK(secret.output.find("JWT_SECRET must have at least 32 bytes") != std::string::npos);
    const FinishedProcess limits = output_of({{"THROUGHLINE_RATE_LIMITS", "ai=many"}});
    CHECK(limits.status != 0);
    CHECK(limits.output.find("THROUGHLINE_RATE_LIMITS") != std::string::npos);
}

} // namespace throughline
