#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

namespace throughline {
namespace {

using namespace std::chrono_literals;

const std::string secret(40, 's');

Environment as(TestDatabase& database, const std::string& roles) {
    return {{"DATABASE_URL", database.url()}, {"THROUGHLINE_ROLES", roles}, {"JWT_SECRET", secret}};
}

int status_of(const ServerProcess& server, const std::string& path) {
    return HttpClient(server.url()).get(path).status;
}

} // namespace

TEST_CASE("a role that does not exist is refused at start, with those that do") {
    const Environment environment{{"DATABASE_URL", "postgresql:///nowhere"}};
    const FinishedProcess option =
        run_process({{THROUGHLINE_BINARY, "serve", "--roles", "api,reley"}, environment});
    CHECK(option.status == 1);
    CHECK_MESSAGE(option.output.find(R"(--roles has no role \"reley\": there are api, automation, )"
                                     "delivery, projections, relay, scheduler") !=
                      std::string::npos,
                  option.output);
    Environment twin = environment;
    twin["THROUGHLINE_ROLES"] = "api,";
    const FinishedProcess variable = run_process({{THROUGHLINE_BINARY, "serve"}, twin});
    CHECK(variable.status == 1);
    CHECK(variable.output.find(R"(THROUGHLINE_ROLES has no role \"\")") != std::string::npos);
}

TEST_CASE("without the role api a server answers health, readiness and metrics alone") {
    TestDatabase database;
    const ServerProcess worker(as(database, "projections,automation,delivery,relay"));
    for (const char* path : {"/health", "/ready", "/metrics"})
        CHECK(status_of(worker, path) == 200);
    for (const char* path : {"/api/contacts", "/openapi.json", "/docs", "/api/auth/login"})
        CHECK(status_of(worker, path) == 404);
}

TEST_CASE("a read model that stands still for half a minute degrades readiness, and says why") {
    TestDatabase database;
    ServerProcess api(as(database, "api"));
    HttpClient client(api.url(), {{"Authorization", "Bearer " + register_owner(api.url())}});
    REQUIRE(client.post("/api/contacts", R"({"name":"Ada"})").status == 201);
    const auto ready = [&] { return body_of(client.get("/ready")); };
    CHECK(ready().text("status") == "ready"); // nobody has the role projections, but not for long

    pqxx::connection connection(database.url());
    pqxx::nontransaction owner(connection);
    owner.exec0("set session_replication_role = replica"); // the log refuses changes otherwise
    owner.exec0("update events set recorded_at = recorded_at - interval '31 s'");
    CHECK(client.get("/ready").status == 200);
    const Json late = ready();
    CHECK(late.text("status") == "degraded");
    int behind = 0;
    for (const Json& check : *late.find("checks")->array()) {
        if (check.text("name") == "database") continue;
        CHECK(check.text("status") == "degraded");
        CHECK(check.text("cause").ends_with(" s behind: nobody does it, or not fast enough"));
        ++behind;
    }
    CHECK(behind >= 3);

    const ServerProcess worker(as(database, "projections,automation"));
    CHECK(wait_until([&] { return ready().text("status") == "ready"; }));
}

TEST_CASE("a rule that was made before any server ran rules runs for what happened since") {
    TestDatabase database;
    ServerProcess api(as(database, "api"));
    HttpClient client(api.url(), {{"Authorization", "Bearer " + register_owner(api.url())}});
    const HttpReply made = client.post(
        "/api/automations",
        R"({"name":"R","trigger":{"type":"event","event":"contact.created"},"actions":)"
        R"([{"type":"contact.update","id":"{{contact.id}}","changes":{"status":"qualified"}}]})");
    REQUIRE_MESSAGE(made.status == 201, made.body);
    const std::string runs = "/api/automations/" + body_of(made).text("id") + "/runs";
    REQUIRE(client.post("/api/contacts", R"({"name":"Ada"})").status == 201);
    const ServerProcess worker(as(database, "automation"));
    CHECK(
        wait_until([&] { return body_of(client.get(runs)).find("items")->array()->size() == 1; }));
}

TEST_CASE("of three servers on one database one is killed, and the other goes on with its work") {
    TestDatabase database;
    ServerProcess api(as(database, "api"));
    HttpClient client(api.url(), {{"Authorization", "Bearer " + register_owner(api.url())}});
    const HttpReply first = client.post("/api/contacts", R"({"name":"First"})");
    REQUIRE(first.status == 201);
    const auto lag_of_contacts = [&] {
        return client.get("/metrics")
                   .body.find("projection_lag_events{projection=\"list_contact\"} "
                              "0\n") == std::string::npos;
    };
    CHECK(lag_of_contacts()); // nobody has the role projections yet

    // What none of them did would be behind, once half a minute had passed.
    const std::string workers = "projections,automation,scheduler";
    auto leader = std::make_unique<ServerProcess>(as(database, workers));
    REQUIRE(wait_until([&] { return !lag_of_contacts(); }));
    auto other = std::make_unique<ServerProcess>(as(database, workers));
    for (int round = 0; round < 2; ++round) {
        const auto is_seen = [&] {
            const HttpReply made = client.post("/api/contacts", R"({"name":"More"})");
            return client
                       .get("/api/contacts",
                            {{"Throughline-Min-Position", *made.header("Throughline-Position")}})
                       .status == 200;
        };
        CHECK(is_seen());
        leader->kill9();
        CHECK(wait_until(is_seen));
        leader->start();
        std::swap(leader, other);
    }
    CHECK(body_of(client.get("/ready")).text("status") == "ready");
    const FinishedProcess verified = api.run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
}

} // namespace throughline
