#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

namespace throughline {
namespace {

pqxx::result sql(TestDatabase& database, const std::string& statement) {
    pqxx::connection connection(database.url());
    return pqxx::nontransaction(connection).exec(statement);
}

bool has_partition(TestDatabase& database, int number) {
    return !sql(database, "select to_regclass('events_' || lpad('" + std::to_string(number) +
                              "', 6, '0'))")[0][0]
                .is_null();
}

} // namespace

TEST_CASE("a server that runs makes the log's partitions ahead, and appends go on over their end") {
    TestDatabase database;
    Environment environment{{"DATABASE_URL", database.url()}, {"THROUGHLINE_ROLES", "scheduler"}};
    {
        ServerProcess scheduler(environment);
        REQUIRE(has_partition(database, 2));
        REQUIRE_FALSE(has_partition(database, 3));
        {
            // Partitions are made under this lock: the scheduler waits here until it was asked.
            pqxx::connection maker(database.url());
            pqxx::nontransaction(maker).exec(
                "select pg_advisory_lock(hashtext('ensure_event_partitions'))");
            // As if others had appended so much meanwhile: this process appends nothing.
            sql(database, "update log_head set position = 29999990");
            CHECK(
                HttpClient(scheduler.url()).get("/ready").body.find("no partition after the one") !=
                std::string::npos);
        }
        CHECK(wait_until([&] { return has_partition(database, 4); }, std::chrono::seconds(60)));
        CHECK(wait_until([&] {
            return HttpClient(scheduler.url()).get("/ready").body.find("partition") ==
                   std::string::npos;
        }));
        scheduler.terminate();
    }
    sql(database, "insert into checkpoints select name, 29999990 from unnest(array['list_contact', "
                  "'list_organization', 'list_user', 'list_invitation', 'audit', 'timeline']) as n "
                  "(name) on conflict (name) do "
                  "update set position = 29999990");
    environment.erase("THROUGHLINE_ROLES");
    ServerProcess server(environment);
    HttpClient client(server.url(), {{"Authorization", "Bearer " + register_owner(server.url())}});
    std::string last;
    while (last.size() < 8 || std::stoll(last) < 30'000'010) {
        const HttpReply made = client.post("/api/contacts", R"({"name":"A"})");
        REQUIRE(made.status == 201);
        last = *made.header("Throughline-Position");
    }
    CHECK(sql(database, "select from events_000002").size() == 9);
    CHECK(sql(database, "select from events_000003").size() >= 11);
    CHECK(client.get("/api/contacts", {{"Throughline-Min-Position", last}}).status == 200);
    CHECK(client.get("/api/events?from=29999990&limit=1000").status == 200);
    CHECK_FALSE(has_partition(database, 6));
}

} // namespace throughline
