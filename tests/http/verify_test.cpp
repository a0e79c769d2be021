#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

namespace throughline {
namespace {

/// A server with a few contacts whose read models have caught up.
struct Filled {
    TestServer server;
    HttpClient client = server.new_tenant();

    Filled() {
        std::string last;
        std::string timeline;
        for (int i = 0; i < 5; ++i) {
            const HttpReply made =
                client.post("/api/contacts", R"({"name":"A","organization":"O"})");
            REQUIRE(made.status == 201);
            last = *made.header("Throughline-Position");
            timeline = "/api/timeline/contact/" + body_of(made).text("id");
        }
        REQUIRE(client
                    .request("PATCH", "/api/contacts" + timeline.substr(timeline.rfind('/')),
                             R"({"name":"A"})", {{"Idempotency-Key", "changes nothing"}})
                    .status == 200);
        for (const std::string& path :
             {std::string("/api/contacts"), std::string("/api/organizations"),
              std::string("/api/audit-logs"), timeline})
            REQUIRE(client.get(path, {{"Throughline-Min-Position", last}}).status == 200);
    }
    void tamper(const std::string& sql) {
        pqxx::connection connection(server.database().url());
        pqxx::work transaction(connection);
        transaction.exec0("set local session_replication_role = replica"); // no triggers
        transaction.exec(sql);
        transaction.commit();
    }
    /// What verify says, which must be that something is wrong.
    std::string fault() {
        const FinishedProcess verified = server.process().run({"verify"});
        CHECK(verified.status == 1);
        return verified.output;
    }
};

bool says(const std::string& output, const std::string& text) {
    INFO(output);
    const bool found = output.find(text) != std::string::npos;
    CHECK(found);
    return found;
}

} // namespace

TEST_CASE("verify names what is wrong and exits with 1") {
    Filled filled;
    CHECK(filled.server.process().run({"verify"}).status == 0);

    SUBCASE("a hole in the log") {
        filled.tamper("delete from events where position = 8");
        says(filled.fault(), "a hole or double before position 9");
    }
    SUBCASE("a head state that is not the fold") {
        filled.tamper("update streams set state = replace(state::text, '\"A\"', '\"B\"')::json "
                      "where kind = 'contact'");
        says(filled.fault(), "its head state is not the fold of its events");
    }
    SUBCASE("a version that is left out") {
        filled.tamper("update events set version = 2 where position = 8");
        says(filled.fault(), "has version 2 after 0");
    }
    SUBCASE("a list's row that is gone") {
        filled.tamper("delete from list_contact where id = (select min(id::text)::uuid from "
                      "list_contact)");
        says(filled.fault(), "FAULT list_contact: list_contact: a row is missing");
    }
    SUBCASE("a list's row that is another") {
        filled.tamper("update list_contact set external_id = 'x' where id = (select "
                      "min(id::text)::uuid from list_contact)");
        says(filled.fault(), "FAULT list_contact: list_contact: a row is not what the log gives");
    }
    SUBCASE("a timeline's row too many") {
        filled.tamper("insert into timeline select tenant_id, entity_kind, gen_random_uuid(), "
                      "position, timestamp, type from timeline limit 1");
        says(filled.fault(), "FAULT timeline: timeline: a row that the log does not give");
    }
    SUBCASE("two commands with one position") {
        filled.tamper("insert into commands select tenant_id, gen_random_uuid(), request_hash, "
                      "expires, status, first_position, last_position, versions, recorded_at from "
                      "commands where last_position >= first_position limit 1");
        says(filled.fault(), "FAULT commands");
    }
    SUBCASE("a command whose position the log has not") {
        filled.tamper("update commands set first_position = first_position + 1000, last_position = "
                      "last_position + 1000 where last_position >= first_position");
        says(filled.fault(), "FAULT commands");
    }
    SUBCASE("a command that lost its events") {
        filled.tamper("update commands set last_position = first_position - 2 where last_position "
                      ">= first_position");
        says(filled.fault(), "FAULT commands");
    }
}

} // namespace throughline
