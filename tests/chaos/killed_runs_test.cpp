#include "tests/chaos/rounds.hpp"
#include "tests/support/http_sink.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/private_postgres.hpp"

#include "bus/database.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <map>
#include <set>

using namespace throughline;

namespace {

constexpr int contacts_a_round = 5000;

/// How often each effect reached the sink, by its key.
std::map<std::string, std::set<std::string>> bodies_by_key(const HttpSink& sink) {
    std::map<std::string, std::set<std::string>> bodies;
    for (const SunkRequest& request : sink.requests())
        bodies[request.header("Idempotency-Key")].insert(request.body);
    return bodies;
}

const Environment loopback{{"THROUGHLINE_HTTP_ALLOW_PRIVATE", "127.0.0.0/8"}};

/// One rule, which sends each new contact to a sink.
struct RunsUnderFire {
    ServerProcess& server;
    std::string database;
    std::string token;
    HttpSink sink{[](const SunkRequest&) { return http_answer(200); }};
    int made = 0;

    RunsUnderFire(ServerProcess& of, std::string url)
        : server(of), database(std::move(url)), token(register_owner(of.url())) {
        HttpClient client = fresh();
        REQUIRE(
            client.request("PATCH", "/api/tenant", R"({"http_allowlist":["127.0.0.1"]})").status ==
            200);
        const HttpReply rule = client.post(
            "/api/automations",
            R"({"name":"R","trigger":{"type":"event","event":"contact.created"},"actions":[
                {"type":"http.request","method":"POST","url":")" +
                sink.url("/in") + R"(","body":"{{contact.id}}"}]})");
        REQUIRE_MESSAGE(rule.status == 201, rule.body);
    }

    [[nodiscard]] HttpClient fresh() const {
        return HttpClient(server.url(), {{"Authorization", "Bearer " + token}});
    }

    /// One file, whose rows are events of their own.
    void import(int rows) {
        std::string file = "name\n";
        for (int i = 0; i < rows; ++i) file += "C" + std::to_string(++made) + "\n";
        HttpClient client = fresh();
        const HttpReply taken = client.request("POST", "/api/contacts/import?on_duplicate=create",
                                               file, {{"Content-Type", "text/csv"}});
        REQUIRE_MESSAGE(taken.status < 300, taken.body);
    }

    [[nodiscard]] std::int64_t count(const std::string& where) {
        const auto login = connect(database, Role::owner);
        return pqxx::nontransaction(*login)
            .exec1("select count(*) from automation_runs where " + where)[0]
            .as<std::int64_t>();
    }

    /// All runs have ended well, each effect came at least once and always with the same body, and
    /// what was done when `done` was noted did not come again.
    void check_all_done(const std::map<std::string, int>& done_before) {
        CHECK(wait_until([&] { return count("status = 'succeeded'") == made; },
                         std::chrono::minutes(5)));
        CHECK(count("true") == made);
        const auto bodies = bodies_by_key(sink);
        CHECK(static_cast<int>(bodies.size()) == made);
        for (const auto& [key, sent] : bodies) CHECK(sent.size() == 1);
        const auto now = times_by_key();
        for (const auto& [key, times] : done_before) CHECK(now.at(key) == times);
    }

    [[nodiscard]] std::map<std::string, int> times_by_key() const {
        std::map<std::string, int> times;
        for (const SunkRequest& request : sink.requests())
            ++times[request.header("Idempotency-Key")];
        return times;
    }

    /// Effects that the ledger has as done, and how often they were sent by then.
    [[nodiscard]] std::map<std::string, int> done() {
        const auto login = connect(database, Role::owner);
        std::vector<std::string> keys;
        for (const auto& row : pqxx::nontransaction(*login).exec(
                 "select actions->0->>'effect_id' from automation_runs where status = 'succeeded'"))
            keys.emplace_back(row[0].c_str());
        const auto times = times_by_key();
        std::map<std::string, int> done;
        for (const std::string& key : keys) done[key] = times.at(key);
        return done;
    }
};

/// Waits until so many of the runs of a round have been sent, somewhere in the middle of it.
void wait_for_some(const RunsUnderFire& world) {
    const auto target =
        static_cast<std::size_t>(world.made) - 100 - random_number(contacts_a_round - 200);
    REQUIRE(wait_until([&] { return world.sink.count() >= target; }, std::chrono::minutes(2)));
}

} // namespace

TEST_CASE("kill -9 of the server among the runs of rules") {
    TestServer server(loopback);
    RunsUnderFire world(server.process(), server.database().url());
    std::map<std::string, int> done;
    for (int round = 0; round < rounds(); ++round) {
        world.import(contacts_a_round);
        wait_for_some(world);
        server.process().kill9();
        done = world.done();
        server.process().start();
    }
    world.check_all_done(done);
    check_verified(server.process());
}

TEST_CASE("kill -9 of Postgres among the runs of rules") {
    PrivatePostgres postgres;
    Environment environment = loopback;
    environment["DATABASE_URL"] = postgres.url();
    ServerProcess server(environment);
    RunsUnderFire world(server, postgres.url());
    for (int round = 0; round < rounds(); ++round) {
        world.import(contacts_a_round);
        wait_for_some(world);
        const auto done = world.done();
        postgres.kill9();
        postgres.start();
        world.check_all_done(done);
        check_verified(server);
    }
}

TEST_CASE("runs of rules while the broker is gone") {
    KafkaBroker broker;
    Environment environment = loopback;
    environment["KAFKA_BROKERS"] = broker.address();
    TestServer server(environment);
    RunsUnderFire world(server.process(), server.database().url());
    world.import(contacts_a_round);
    wait_for_some(world);
    const auto done = world.done();
    broker.kill9();
    world.import(100);
    world.check_all_done(done);
    broker.start();
    check_verified(server.process());
    const auto head = *body_of(world.fresh().get("/api/events?limit=1")).integer("head");
    TopicReader topic(broker.address(), "throughline.events");
    check_topic(topic.read_until(head), head);
}
