#include "bus/kafka_producer.hpp"
#include "bus/kafka_source.hpp"
#include "bus/relay.hpp"
#include "tests/support/collector.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <atomic>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

KafkaSettings settings_for(const std::string& brokers) {
    KafkaSettings settings;
    settings.brokers = brokers;
    settings.topic = "source-" + to_string(new_id());
    return settings;
}

/// Follows a source from position 0 and fails where its order is not the log's.
struct Follower {
    KafkaSource& source;
    Uuid tenant{}; // whose all events must be, unless nil
    std::int64_t position = 0;

    void step() {
        for (const StoredEvent& event : source.next(position, 100, 100ms)) {
            REQUIRE(event.position == position + 1);
            REQUIRE((tenant.is_nil() || event.tenant == tenant));
            position = event.position;
        }
    }
    bool reaches(std::int64_t head) {
        return wait_until([&] { return step(), position >= head; }, 60s);
    }
};

/// Appends and follows until events come from the topic.
void join_topic(TestLog& log, Follower& follower, const std::function<void()>& publish) {
    const Uuid stream = new_id();
    REQUIRE(wait_until(
        [&] {
            const auto head = log.append(stream);
            publish();
            return follower.reaches(head) && follower.source.taken_from_topic() > 0;
        },
        60s));
}

/// A source over Kafka that tells how much came from the topic.
struct CountingSource : LogSource {
    CountingSource(TestLog& log, const KafkaSettings& settings, std::atomic<std::int64_t>& count)
        : source(log.url, log.signal, settings), taken(count) {}
    std::vector<StoredEvent> next(std::int64_t after, std::size_t limit,
                                  std::chrono::milliseconds wait) override {
        auto events = source.next(after, limit, wait);
        taken = source.taken_from_topic();
        return events;
    }
    KafkaSource source;
    std::atomic<std::int64_t>& taken;
};

/// Sends single events, so that a test decides which are missing.
void send_to_topic(TestLog& log, const KafkaSettings& settings, std::int64_t position) {
    KafkaProducer producer(settings, log.id(), position - 1);
    producer.ensure_topic();
    const auto events = log.store.log(position - 1, 1, {}).events;
    REQUIRE(producer.send(events.at(0)));
    REQUIRE(wait_until([&] { return producer.poll(100ms), producer.idle(); }));
}

} // namespace

TEST_CASE("a source over Kafka gives log order, from Postgres first and then from the topic") {
    const TestDatabase database;
    TestLog log(database.url());
    const KafkaSettings settings = settings_for(shared_kafka());
    const Uuid streams[] = {new_id(), new_id(), new_id(), new_id()};
    for (const Uuid& stream : streams) log.append(stream, 100);
    Relay relay(log.url, settings, log.signal);
    relay.start();
    KafkaSource source(log.url, log.signal, settings);
    Follower follower{source};
    REQUIRE(follower.reaches(400));
    CHECK(source.taken_from_topic() == 0);
    join_topic(log, follower, [] {});
    const auto before = source.taken_from_topic();
    std::int64_t head = 0;
    for (int i = 0; i < 100; ++i) head = log.append(streams[i % 4], 20);
    REQUIRE(follower.reaches(head));
    CHECK(source.taken_from_topic() > before);
}

TEST_CASE("what is missing on the topic comes from Postgres") {
    const TestDatabase database;
    TestLog log(database.url());
    const KafkaSettings settings = settings_for(shared_kafka());
    KafkaSource source(log.url, log.signal, settings);
    Follower follower{source};
    join_topic(log, follower, [&] { send_to_topic(log, settings, log.store.head_position()); });
    const auto before = source.taken_from_topic();
    const auto first = follower.position + 1;
    const Uuid stream = new_id();
    for (int i = 0; i < 3; ++i) {
        const auto head = log.append(stream, 2); // the second of each is missing
        send_to_topic(log, settings, head - 1);
    }
    REQUIRE(follower.reaches(first + 5));
    CHECK(source.taken_from_topic() > before);
}

TEST_CASE("two databases on one topic each see their own events, in order") {
    const TestDatabase databases[2];
    TestLog one(databases[0].url());
    TestLog two(databases[1].url());
    REQUIRE(one.id() != two.id());
    const KafkaSettings settings = settings_for(shared_kafka());
    Relay relay_of_one(one.url, settings, one.signal);
    Relay relay_of_two(two.url, settings, two.signal);
    relay_of_one.start();
    relay_of_two.start();
    KafkaSource source_of_one(one.url, one.signal, settings);
    KafkaSource source_of_two(two.url, two.signal, settings);
    Follower follower_of_one{source_of_one, one.tenant};
    Follower follower_of_two{source_of_two, two.tenant};
    join_topic(one, follower_of_one, [] {});
    join_topic(two, follower_of_two, [] {});
    const auto taken_by_one = source_of_one.taken_from_topic();
    const auto taken_by_two = source_of_two.taken_from_topic();
    const Uuid stream = new_id();
    for (int i = 0; i < 50; ++i) {
        const auto head_of_one = one.append(stream, 10);
        const auto head_of_two = two.append(stream, 10);
        REQUIRE(follower_of_one.reaches(head_of_one));
        REQUIRE(follower_of_two.reaches(head_of_two));
    }
    CHECK(source_of_one.taken_from_topic() > taken_by_one);
    CHECK(source_of_two.taken_from_topic() > taken_by_two);
}

TEST_CASE("with no topic at all everything comes from Postgres") {
    const TestDatabase database;
    TestLog log(database.url());
    for (const std::string& brokers : {shared_kafka(), std::string("127.0.0.1:1")}) {
        KafkaSource source(log.url, log.signal, settings_for(brokers));
        Follower follower{source};
        const Uuid stream = new_id();
        for (int i = 0; i < 3; ++i) REQUIRE(follower.reaches(log.append(stream, 10)));
        CHECK(source.taken_from_topic() == 0);
    }
}

TEST_CASE("a broker that dies is replaced by Postgres and takes over again when it is back") {
    const TestDatabase database;
    TestLog log(database.url());
    KafkaBroker broker;
    const KafkaSettings settings = settings_for(broker.address());
    Relay relay(log.url, settings, log.signal);
    relay.start();
    KafkaSource source(log.url, log.signal, settings);
    Follower follower{source};
    join_topic(log, follower, [] {});
    broker.kill9();
    const Uuid stream = new_id();
    REQUIRE(follower.reaches(log.append(stream)));
    const auto taken = source.taken_from_topic();
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 50; ++i) REQUIRE(follower.reaches(log.append(stream)));
    CHECK(std::chrono::steady_clock::now() - began < 9s); // 50 waits of 200 ms are 10 s
    CHECK(source.taken_from_topic() == taken);
    broker.start();
    CHECK(wait_until(
        [&] { return follower.reaches(log.append(stream)) && source.taken_from_topic() > taken; },
        60s));
}

TEST_CASE("a consumer comes to the same state in both modes, and may change between them") {
    const TestDatabase database;
    TestLog log(database.url());
    const KafkaSettings settings = settings_for(shared_kafka());
    std::atomic<std::int64_t> taken = 0;
    const LogSourceFactory postgres = [&] {
        return std::make_unique<PostgresSource>(log.url, log.signal);
    };
    const LogSourceFactory kafka = [&] {
        return std::make_unique<CountingSource>(log, settings, taken);
    };
    Relay relay(log.url, settings, log.signal);
    relay.start();
    Collector plain(log, "plain");
    Collector mixed(log, "mixed");
    Subscription embedded(log.url, postgres, plain);
    embedded.start();
    const Uuid streams[] = {new_id(), new_id(), new_id()};
    std::int64_t head = 0;
    for (const LogSourceFactory* mode : {&kafka, &postgres, &kafka}) {
        Subscription subscription(log.url, *mode, mixed);
        subscription.start();
        taken = 0;
        const auto is_shown = [&] {
            for (int i = 0; i < 20; ++i) head = log.append(streams[i % 3], 5, R"({"name":"Zoë"})");
            return (mode == &postgres || taken > 0) && log.checkpoint("mixed") >= head - 100;
        };
        REQUIRE(wait_until(is_shown, 60s));
        REQUIRE(wait_until([&] { return log.checkpoint("mixed") == head; }, 60s));
    }
    REQUIRE(wait_until([&] { return log.checkpoint("plain") == head; }, 60s));
    CHECK(mixed.positions() == all_between(1, head));
    CHECK(mixed.digest() == plain.digest());
}
