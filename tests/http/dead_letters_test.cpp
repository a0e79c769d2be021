#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

namespace throughline {
namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// A server whose list of contacts cannot take one of the contacts.
struct Poisoned {
    TestServer server;
    HttpClient client = server.new_tenant();
    std::string id;
    std::string poison; // its position
    std::string head;

    Poisoned() {
        std::ignore = create_contact(client, R"({"name":"Well"})");
        sql("alter table list_contact add constraint no_poison check (name <> 'poison')");
        const HttpReply made = client.post("/api/contacts", R"({"name":"Poison"})");
        REQUIRE(made.status == 201);
        id = body_of(made).text("id");
        poison = *made.header("Throughline-Position");
        REQUIRE(wait_until([&] { return contains(ready(), "is a dead letter"); }));
        for (const char* change : {R"({"job_position":"Cured"})", R"({"phone":"+1 1"})"})
            head = *client.request("PATCH", "/api/contacts/" + id, change)
                        .header("Throughline-Position");
        REQUIRE(wait_until([&] { return contains(metrics(), "{consumer=\"list_contact\"} 3"); }));
    }
    void sql(const std::string& statement) {
        pqxx::connection connection(server.database().url());
        pqxx::nontransaction(connection).exec(statement);
    }
    std::string ready() { return client.get("/ready").body; }
    std::string metrics() { return client.get("/metrics").body; }
    FinishedProcess run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "dead-letters");
        return server.process().run(arguments);
    }
    std::string verified() {
        const FinishedProcess verified = server.process().run({"verify"});
        CHECK_MESSAGE(verified.status == 0, verified.output);
        return verified.output;
    }
    std::string listed() {
        return client
            .get("/api/contacts?fields=job_position,phone", {{"Throughline-Min-Position", head}})
            .body;
    }
};

} // namespace

TEST_CASE("a poison event degrades the server, and an operator releases it while it runs") {
    Poisoned poisoned;
    const HttpReply ready = poisoned.client.get("/ready");
    CHECK(ready.status == 200);
    CHECK(contains(ready.body, R"({"status":"degraded")"));
    CHECK(contains(ready.body, "event " + poisoned.poison + " of contact/" + poisoned.id +
                                   " is a dead letter"));
    CHECK(contains(poisoned.metrics(), "dead_letters{consumer=\"audit\"} 0\n"));
    CHECK_FALSE(contains(poisoned.listed(), poisoned.id));
    CHECK(contains(poisoned.listed(), "\"id\""));

    const FinishedProcess list = poisoned.run({});
    CHECK(list.status == 0);
    CHECK_MESSAGE(contains(list.output, "list_contact " + poisoned.poison +
                                            " contact.created contact/" + poisoned.id),
                  list.output);
    CHECK(contains(list.output, "events held behind it: 2"));
    CHECK(contains(list.output, "no_poison"));
    CHECK(contains(poisoned.run({"--consumer", "audit"}).output, "no dead letters"));

    const FinishedProcess early = poisoned.run({"retry", "list_contact", poisoned.poison});
    CHECK(early.status == 1);
    CHECK_MESSAGE(contains(early.output, "event " + poisoned.poison + " failed: "), early.output);
    CHECK(contains(poisoned.ready(), "degraded"));

    CHECK(contains(poisoned.verified(), "without 3 that are dead letters or passed over"));
    poisoned.sql("alter table list_contact drop constraint no_poison");
    const FinishedProcess released = poisoned.run({"retry", "list_contact", "--all"});
    CHECK_MESSAGE(released.status == 0, released.output);
    CHECK(contains(released.output, "released 3 events"));
    CHECK(contains(poisoned.listed(), R"("phone":"+1 1","job_position":"Cured")"));
    CHECK(wait_until([&] { return contains(poisoned.ready(), R"({"status":"ready")"); }));
    CHECK(contains(poisoned.metrics(), "dead_letters{consumer=\"list_contact\"} 0\n"));
    CHECK(poisoned.client
              .request("PATCH", "/api/contacts/" + poisoned.id, R"({"job_position":"Goes on"})")
              .status == 200);
    CHECK(wait_until([&] { return contains(poisoned.listed(), "Goes on"); }));
    CHECK(contains(poisoned.verified(), "verified: no fault"));
    CHECK(contains(poisoned.run({}).output, "no dead letters"));
}

TEST_CASE("an operator's skip takes a reason, and says who, when and why for good") {
    Poisoned poisoned;
    CHECK(poisoned.run({"skip", "list_contact", poisoned.poison}).status != 0);
    CHECK(poisoned.run({"skip", "list_contact", "1", "--reason", "x"}).status == 1);
    CHECK(contains(poisoned.run({"list"}).output, "Commands: retry, skip, history."));
    const FinishedProcess skipped = poisoned.run(
        {"skip", "list_contact", poisoned.poison, "--by", "ada", "--reason", "made by a test"});
    // What is behind needs the row that is missing now.
    CHECK(skipped.status == 1);
    CHECK_MESSAGE(contains(skipped.output, "passed over; applied 0 events, then event "),
                  skipped.output);
    const FinishedProcess history = poisoned.run({"history"});
    CHECK_MESSAGE(contains(history.output, "skip list_contact " + poisoned.poison + " contact/" +
                                               poisoned.id + " by ada: passed over"),
                  history.output);
    CHECK(contains(history.output, "because made by a test"));
    CHECK(contains(history.output, "no_poison"));
    const FinishedProcess list = poisoned.run({});
    CHECK_MESSAGE(contains(list.output, "has no row for its version 2"), list.output);
    CHECK(contains(list.output, "events held behind it: 1"));
    CHECK(contains(poisoned.verified(), "verified: no fault"));

    poisoned.server.process().terminate();
    const std::string second = std::to_string(std::stoll(poisoned.poison) + 1);
    const FinishedProcess asked =
        poisoned.run({"skip", "list_contact", second, "--reason", "too", "--wait", "0"});
    CHECK(asked.status == 1);
    CHECK_MESSAGE(contains(asked.output, "not done yet: 1 of 1"), asked.output);
    poisoned.server.process().start();
    CHECK(wait_until([&] { return !contains(poisoned.run({"history"}).output, "not done yet"); }));
}

TEST_CASE("what keeps a consumer that acts from going on is told by its leader") {
    TestServer server;
    HttpClient client = server.new_tenant();
    pqxx::connection connection(server.database().url());
    pqxx::nontransaction(connection)
        .exec("create function no_move() returns trigger language plpgsql as $$ begin"
              " raise exception '% cannot move', new.name using errcode = '40001'; end $$;"
              " create trigger no_move before update on checkpoints for each row"
              " when (new.name in ('reference_follower', 'automation'))"
              " execute function no_move()");
    std::ignore = create_contact(client, R"({"name":"Ada"})");
    for (const char* const name : {"reference_follower", "automation"})
        CHECK(wait_until([&] {
            return contains(client.get("/ready").body, std::string(name) + " cannot move");
        }));
    pqxx::nontransaction(connection).exec("drop trigger no_move on checkpoints");
    CHECK(wait_until([&] { return contains(client.get("/ready").body, R"({"status":"ready")"); }));
}

} // namespace throughline
