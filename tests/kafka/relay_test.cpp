#include "bus/checkpoints.hpp"
#include "bus/relay.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/test_log.hpp"
#include "tests/support/topic_reader.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

KafkaSettings settings_for(const std::string& brokers) {
    KafkaSettings settings;
    settings.brokers = brokers;
    settings.topic = "relay-" + to_string(new_id());
    return settings;
}

/// Appends to many streams in turn; the log's head.
std::int64_t append_events(TestLog& log, int commands, int events_each = 10) {
    static const std::array<Uuid, 20> streams = [] {
        std::array<Uuid, 20> made{};
        for (Uuid& stream : made) stream = new_id();
        return made;
    }();
    std::int64_t head = 0;
    for (int i = 0; i < commands; ++i)
        head = log.append(streams[static_cast<std::size_t>(i) % streams.size()], events_each,
                          R"({"name":"Zoë"})");
    return head;
}

Lag lag_of(TestLog& log) { return Checkpoints(log.system).lags({relay_name}).front(); }

bool sends_all(Relay& relay, std::int64_t head) {
    return wait_until([&] { return relay.status().position >= head; }, 60s);
}

} // namespace

TEST_CASE("everything appended appears on the topic, in order, as CloudEvents") {
    const TestDatabase database;
    TestLog log(database.url());
    const KafkaSettings settings = settings_for(shared_kafka());
    auto head = append_events(log, 100);
    Relay relay(log.url, settings, log.signal);
    relay.start();
    REQUIRE(sends_all(relay, head));
    head = append_events(log, 100);
    REQUIRE(sends_all(relay, head));
    CHECK(wait_until([&] { return log.checkpoint("relay") == head; }));
    CHECK(lag_of(log).events == 0);
    CHECK(lag_of(log).seconds == 0);
    CHECK(relay.status().fault.empty());
    CHECK(relay.status().leading);

    TopicReader reader(settings.brokers, settings.topic);
    const auto& partitions = reader.read_until(head);
    check_topic(partitions, head);
    CHECK(partitions.size() > 1);
    CHECK(partitions.rbegin()->first < settings.partitions);
    const Uuid log_id = log.id();
    const auto events = log.store.log(0, static_cast<std::size_t>(head), {}).events;
    for (const auto& [partition, messages] : partitions)
        for (const TopicMessage& message : messages) {
            const StoredEvent& event = events.at(static_cast<std::size_t>(message.position - 1));
            REQUIRE(message.key == to_string(event.stream.id));
            REQUIRE(message.value == event.data);
            REQUIRE(message.headers == to_kafka_headers(event, log_id));
        }
}

TEST_CASE("a relay that is gone in the middle of a save holds its checkpoint ten seconds at most") {
    const TestDatabase database;
    TestLog log(database.url());
    log.sql("create table seen (setting text);"
            " create function on_save() returns trigger language plpgsql security definer as $$"
            " begin insert into seen values"
            " (current_setting('idle_in_transaction_session_timeout')); return null; end $$;"
            " create trigger on_save after update on checkpoints"
            " for each row execute function on_save()");
    const KafkaSettings settings = settings_for(shared_kafka());
    const auto head = append_events(log, 1);
    Relay relay(log.url, settings, log.signal);
    relay.start();
    REQUIRE(sends_all(relay, head));
    const auto seen = log.sql("select distinct setting from seen");
    REQUIRE(seen.size() == 1);
    CHECK(seen[0][0].as<std::string>() == "10s");
}

TEST_CASE("a broker that is away for ten seconds delays the topic and nothing else") {
    const TestDatabase database;
    TestLog log(database.url());
    KafkaBroker broker;
    const KafkaSettings settings = settings_for(broker.address());
    Relay relay(log.url, settings, log.signal);
    relay.start();
    auto head = append_events(log, 50);
    REQUIRE(sends_all(relay, head));
    broker.stop();
    for (const auto back = std::chrono::steady_clock::now() + 10s;
         std::chrono::steady_clock::now() < back;)
        head = append_events(log, 1);
    CHECK(wait_until([&] { return !relay.status().fault.empty(); }));
    CHECK(lag_of(log).events > 0);
    CHECK(lag_of(log).seconds > 5);
    broker.start();
    head = append_events(log, 50);
    REQUIRE(sends_all(relay, head));
    CHECK(wait_until([&] { return relay.status().fault.empty(); }));
    TopicReader reader(settings.brokers, settings.topic);
    check_topic(reader.read_until(head), head);
}

TEST_CASE("a relay that starts without a broker waits for it") {
    const TestDatabase database;
    TestLog log(database.url());
    KafkaBroker broker;
    const KafkaSettings settings = settings_for(broker.address());
    broker.kill9();
    const auto head = append_events(log, 10);
    Relay relay(log.url, settings, log.signal);
    relay.start();
    CHECK(wait_until([&] { return !relay.status().fault.empty(); }));
    CHECK(lag_of(log).seconds > 0);
    broker.start();
    REQUIRE(sends_all(relay, head));
}

TEST_CASE("a relay that ends with messages under way is continued without loss") {
    const TestDatabase database;
    TestLog log(database.url());
    KafkaBroker broker;
    const KafkaSettings settings = settings_for(broker.address());
    std::int64_t head = 0;
    {
        Relay relay(log.url, settings, log.signal);
        relay.start();
        head = append_events(log, 20);
        REQUIRE(sends_all(relay, head));
        broker.kill9();
        head = append_events(log, 20);
        REQUIRE(wait_until([&] { return lag_of(log).events == 200; }));
    }
    broker.start();
    Relay relay(log.url, settings, log.signal);
    relay.start();
    REQUIRE(sends_all(relay, head));
    TopicReader reader(settings.brokers, settings.topic);
    check_topic(reader.read_until(head), head);
}

TEST_CASE("a checkpoint set back sends again, and first appearances stay in order") {
    const TestDatabase database;
    TestLog log(database.url());
    const KafkaSettings settings = settings_for(shared_kafka());
    Relay relay(log.url, settings, log.signal);
    relay.start();
    auto head = append_events(log, 50);
    REQUIRE(sends_all(relay, head));
    REQUIRE(wait_until([&] { return log.checkpoint("relay") == head; }));
    log.sql("update checkpoints set position = 100 where name = 'relay'");
    SUBCASE("while events come") { head = append_events(log, 1); }
    SUBCASE("while none comes") {}
    REQUIRE(wait_until([&] { return log.checkpoint("relay") == head; }, 60s));
    TopicReader reader(settings.brokers, settings.topic);
    const auto& partitions = reader.read_until(head);
    check_topic(partitions, head);
    std::size_t messages = 0;
    for (const auto& [partition, in_it] : partitions) messages += in_it.size();
    CHECK(messages >= static_cast<std::size_t>(head) + 400);
}

TEST_CASE("one of two relays leads, and the other takes over") {
    const TestDatabase database;
    TestLog log(database.url());
    const KafkaSettings settings = settings_for(shared_kafka());
    Relay first(log.url, settings, log.signal);
    Relay second(log.url, settings, log.signal);
    first.start();
    REQUIRE(wait_until([&] { return first.status().leading; }));
    second.start();
    auto head = append_events(log, 20);
    REQUIRE(sends_all(first, head));
    CHECK_FALSE(second.status().leading);
    first.stop();
    head = append_events(log, 20);
    REQUIRE(sends_all(second, head));
    TopicReader reader(settings.brokers, settings.topic);
    check_topic(reader.read_until(head), head);
}
