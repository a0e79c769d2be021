#include "bus/relay.hpp"
#include "bus/republish.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/load.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/test_log.hpp"
#include "tests/support/topic_reader.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/whole.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>

namespace throughline {
namespace {

using namespace std::chrono_literals;
using Messages = std::map<int, std::vector<TopicMessage>>;

/// How often a position is on the topic.
std::map<std::int64_t, int> counts(const Messages& partitions) {
    std::map<std::int64_t, int> counts;
    for (const auto& [partition, messages] : partitions)
        for (const TopicMessage& message : messages) ++counts[message.position];
    return counts;
}

std::map<std::string, std::set<std::int64_t>> positions_by_log(const Messages& partitions) {
    std::map<std::string, std::set<std::int64_t>> positions;
    for (const auto& [partition, messages] : partitions)
        for (const TopicMessage& message : messages)
            for (const auto& [name, value] : message.headers)
                if (name == "ce_logid") positions[value].insert(message.position);
    return positions;
}

KafkaSettings new_topic() {
    KafkaSettings settings;
    settings.brokers = shared_kafka();
    settings.topic = "republish-" + to_string(new_id());
    return settings;
}

struct World {
    TestDatabase database;
    TestLog log{database.url()};
    KafkaSettings settings = new_topic();
    std::unique_ptr<Relay> relay;
    std::int64_t head = 0;

    World() { start(); }
    void start() {
        relay = std::make_unique<Relay>(log.url, settings, log.signal);
        relay->start();
    }
    void append(int events) { head = log.append(new_id(), events); }
    void sends_all() {
        REQUIRE(wait_until([&] { return log.checkpoint("relay") == head; }, 60s));
    }
};

/// Whether relay and all that reads the log have come to its head.
bool is_all_done(const std::string& metrics) {
    std::istringstream lines(metrics);
    std::size_t lags = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("relay_lag_") && !line.starts_with("projection_lag_events{"))
            continue;
        if (!line.ends_with(" 0")) return false;
        ++lags;
    }
    return lags > 0;
}

} // namespace

TEST_CASE("a running relay publishes again from a position on, in log order") {
    World world;
    world.append(40);
    world.append(40);
    world.sends_all();
    const Republished done = republish(world.log.url, 31, false);
    CHECK(done.from == 31);
    CHECK(done.events == 50);
    CHECK(done.is_led);
    world.sends_all(); // from where it was set back to
    TopicReader reader(world.settings.brokers, world.settings.topic);
    const auto& partitions = reader.read_until(world.head);
    check_topic(partitions, world.head);
    REQUIRE(reader.read(130).size() == 130);
    for (const auto& [position, count] : counts(reader.read_until(world.head)))
        CHECK_MESSAGE(count == (position < 31 ? 1 : 2), "position " << position);
}

TEST_CASE("what would leave events out, or is not there, is refused") {
    World world;
    world.append(10);
    world.sends_all();
    CHECK_THROWS_WITH(republish(world.log.url, 11, false), "the log ends at position 10");
    CHECK_THROWS_WITH(republish(world.log.url, 0, false), "positions begin at 1");
    CHECK_THROWS_WITH(republish(world.log.url, 1, true),
                      "a relay runs: stop every server before the log gets a new id");
    world.relay.reset();
    world.append(10);
    CHECK_THROWS_WITH(republish(world.log.url, 2, true),
                      "under a new id the log goes out from its beginning: --from 1");
    CHECK_THROWS_WITH(republish(world.log.url, 12, false),
                      "the relay has come to position 10: to begin after it would leave events "
                      "out");
    CHECK(world.log.checkpoint("relay") == 10);
    const Republished all = republish(world.log.url, 1, false);
    CHECK(all.from == 1);
    CHECK(all.events == 20);
    CHECK_FALSE(all.is_led);
}

TEST_CASE("a database restored without its last events publishes as a log of its own") {
    World world;
    world.append(20);
    world.sends_all();
    const std::string lost_log = to_string(world.log.id());
    world.relay.reset();
    // As after a restore: the topic has events that the database has not.
    world.log.sql("set session_replication_role = replica; delete from events where position > 15;"
                  "delete from commands; delete from streams;"
                  "update log_head set position = 15; update checkpoints set position = 14");
    CHECK(republish(world.log.url, 1, true).events == 15);
    const std::string log = to_string(world.log.id());
    CHECK(log != lost_log);
    world.start();
    world.append(10);
    CHECK(world.head == 25);
    world.sends_all();
    TopicReader reader(world.settings.brokers, world.settings.topic);
    REQUIRE(wait_until(
        [&] { return positions_by_log(reader.read_until(world.head))[log].size() == 25; }));
    CHECK(positions_by_log(reader.read_until(world.head))[lost_log].size() == 20);
}

TEST_CASE("republishing under load from the command line loses nothing and reorders nothing") {
    TestDatabase database;
    const std::string topic = "republish-" + to_string(new_id());
    const Environment environment{{"DATABASE_URL", database.url()},
                                  {"KAFKA_BROKERS", shared_kafka()},
                                  {"THROUGHLINE_KAFKA_TOPIC", topic}};
    ServerProcess server(environment);
    Load load({server.url()}, register_owner(server.url()));
    REQUIRE(load.grows(200));
    const auto again = [&](const char* from) { return server.run({"republish", "--from", from}); };
    REQUIRE(wait_until([&] { return again("50").status == 0; })); // the relay has come so far
    for (const char* from : {"50", "1"}) {
        const FinishedProcess done = again(from);
        CHECK_MESSAGE(done.status == 0, done.output);
        REQUIRE(load.grows(200));
    }
    load.stop();
    const FinishedProcess beyond = again("1000000");
    CHECK(beyond.status == 1);
    CHECK(beyond.output.find("the log ends at position") != std::string::npos);
    CHECK(run_process({{THROUGHLINE_BINARY, "republish", "--from", "1"},
                       {{"DATABASE_URL", database.url()}}})
              .output.find("KAFKA_BROKERS is not set") != std::string::npos);
    HttpClient client(server.url(), {{"Authorization", "Bearer " + load.token()}});
    const auto is_published = [&] {
        return client.get("/metrics").body.find("\nrelay_lag_events 0\n") != std::string::npos;
    };
    REQUIRE(wait_until(is_published, 60s));
    const auto head = *body_of(client.get("/api/events?limit=1")).integer("head");
    TopicReader reader(shared_kafka(), topic);
    check_topic(reader.read_until(head), head);
}

TEST_CASE("a backup made beside a live server restores, verifies and goes on as a log of its own") {
    TestDatabase original, restored;
    Environment environment{{"DATABASE_URL", original.url()},
                            {"KAFKA_BROKERS", shared_kafka()},
                            {"THROUGHLINE_KAFKA_TOPIC", "restored-" + to_string(new_id())},
                            {"JWT_SECRET", "of both servers, kept beside the backup"}};
    const TemporaryFolder folder;
    const std::string roles = folder.path() / "roles.sql";
    const std::string dump = folder.path() / "throughline.dump";
    const auto finishes = [](const std::vector<std::string>& call) {
        const FinishedProcess done = run_process({call, {}});
        CHECK_MESSAGE(done.status == 0, done.output);
    };
    std::string token;
    {
        ServerProcess server(environment);
        Load load({server.url()}, register_owner(server.url()));
        token = load.token();
        REQUIRE(load.grows(200));
        finishes({"pg_dumpall", "--roles-only", "-d", original.url(), "-f", roles});
        finishes({"pg_dump", "-Fc", "-f", dump, original.url()});
        REQUIRE(load.grows(100)); // what the restore loses
        load.stop();
    }
    finishes({"psql", "-X", "-d", restored.url(), "-f", roles});
    finishes({"pg_restore", "--exit-on-error", "-d", restored.url(), dump});
    environment["DATABASE_URL"] = restored.url();
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"migrate"}, {"verify"}, {"republish", "--from", "1", "--new-log"}}) {
        std::vector<std::string> call{THROUGHLINE_BINARY};
        call.insert(call.end(), command.begin(), command.end());
        const FinishedProcess done = run_process({call, environment});
        CHECK_MESSAGE(done.status == 0, command.front() << ": " << done.output);
    }

    ServerProcess server(environment);
    Load load({server.url()}, token); // its session is in the backup, too
    REQUIRE(load.grows(100));
    const std::int64_t head = check_whole({server}, load);
    TestLog log(restored.url());
    TopicReader reader(shared_kafka(), environment["THROUGHLINE_KAFKA_TOPIC"]);
    const auto of_the_new_log = [&] {
        return positions_by_log(reader.read_until(head))[to_string(log.id())];
    };
    CHECK(wait_until([&] { return std::ssize(of_the_new_log()) == head; }, 60s));
}

TEST_CASE(
    "of three servers the one that leads is killed: relay and read models go on within 15 s") {
    TestDatabase database;
    Environment environment{{"DATABASE_URL", database.url()},
                            {"KAFKA_BROKERS", shared_kafka()},
                            {"THROUGHLINE_KAFKA_TOPIC", "takeover-" + to_string(new_id())},
                            {"THROUGHLINE_ROLES", "api"}};
    ServerProcess api(environment);
    HttpClient client(api.url(), {{"Authorization", "Bearer " + register_owner(api.url())}});
    const auto first = client.post("/api/contacts", R"({"name":"First"})");
    REQUIRE(first.status == 201);
    CHECK(client.get("/metrics").body.find("\nrelay_lag_events 0\n") == std::string::npos);

    environment["THROUGHLINE_ROLES"] = "relay,projections,scheduler,automation";
    auto leader = std::make_unique<ServerProcess>(environment);
    const auto is_done = [&] { return is_all_done(client.get("/metrics").body); };
    REQUIRE(wait_until(is_done, 60s));
    const auto all = all_that_is_led(database.url());
    const auto leads_all_since = [&](const ServerProcess& server, std::size_t offset) {
        return std::ranges::includes(server.led_since(offset), all);
    };
    REQUIRE(wait_until([&] { return leads_all_since(*leader, 0); }));
    auto other = std::make_unique<ServerProcess>(environment);
    std::size_t led_nothing = 0; // how long the output of the one that stands by was then
    for (int round = 0; round < 2; ++round) {
        leader->kill9();
        REQUIRE(client.post("/api/contacts", R"({"name":"More"})").status == 201);
        CHECK(wait_until(is_done, 15s));
        CHECK(leads_all_since(*other, led_nothing));
        led_nothing = leader->output().size();
        leader->start();
        std::swap(leader, other);
    }
    const auto head = *body_of(client.get("/api/events?limit=1")).integer("head");
    TopicReader reader(shared_kafka(), environment["THROUGHLINE_KAFKA_TOPIC"]);
    check_topic(reader.read_until(head), head);
    const FinishedProcess verified = api.run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
}

} // namespace throughline
