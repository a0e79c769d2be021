#include "tests/support/house.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/topic_reader.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

KafkaSettings at(const std::string& brokers) {
    KafkaSettings settings;
    settings.brokers = brokers;
    return settings;
}

std::string id_of(const TopicMessage& message) {
    for (const auto& [name, value] : message.headers)
        if (name == "id") return value;
    return "";
}

} // namespace

TEST_CASE("what is put into a queue is on its topic too, a second attempt under the same id") {
    const std::string brokers = shared_kafka();
    TopicPublisher publisher(at(brokers));
    HouseWorld world(&publisher);
    const Effect put =
        world.effect("queue.enqueue", {{"queue", "orders"}, {"payload", JsonObject{{"n", 1}}}});
    (void)world.twice(put);
    TopicReader reader(brokers, "throughline.queue." + to_string(world.tenant) + ".orders");
    const auto messages = reader.read(2);
    REQUIRE(messages.size() == 2);
    for (const TopicMessage& message : messages) {
        CHECK(message.key == to_string(put.id));
        CHECK(id_of(message) == to_string(put.id));
        CHECK(message.value == R"({"n":1})");
    }
    CHECK(world.queues.lease(world.tenant, "orders", 10, 30s).size() == 1);
}

TEST_CASE("what is tracked is on the topic of analytics too") {
    const std::string brokers = shared_kafka();
    TopicPublisher publisher(at(brokers));
    HouseWorld world(&publisher);
    const Effect tracked =
        world.effect("analytics.track", {{"event", "won"}, {"properties", JsonObject{{"v", 7}}}});
    (void)world.twice(tracked);
    TopicReader reader(brokers, "throughline.analytics");
    std::vector<TopicMessage> ours; // other tests use the topic too
    const bool came = wait_until([&] {
        ours = reader.read(2);
        std::erase_if(ours, [&](const auto& each) { return id_of(each) != to_string(tracked.id); });
        return ours.size() == 2;
    });
    REQUIRE(came);
    CHECK(ours[0].key == to_string(world.tenant));
    CHECK(parse_json(ours[0].value).text("event") == "won");
    CHECK(to_text(*parse_json(ours[0].value).find("properties")) == R"({"v":7})");
}

TEST_CASE("nobody waits for another's topic while brokers are away") {
    TopicPublisher publisher(at("127.0.0.1:" + std::to_string(free_port())));
    std::atomic<int> refused = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 12; ++i)
        threads.emplace_back([&] {
            try {
                publisher.publish({"some.topic", "key", "{}", "id"});
            } catch (const std::runtime_error&) {
                ++refused;
            }
        });
    CHECK(wait_until([&] { return refused == 12; }, 20s)); // of two or three each
    for (std::thread& thread : threads) thread.join();
}

TEST_CASE("a broker that is away is a failure that may pass, and nothing is lost by it") {
    KafkaBroker broker;
    TopicPublisher publisher(at(broker.address()));
    HouseWorld world(&publisher);
    const auto put = [&](int n) {
        return world.effect("queue.enqueue", {{"queue", "orders"}, {"payload", n}});
    };
    (void)world.twice(put(1));
    broker.stop();
    const Effect unlucky = put(2);
    CHECK_THROWS(world.attempt(unlucky));
    broker.start();
    CHECK(wait_until([&] {
        try {
            return std::holds_alternative<Done>(world.attempt(unlucky));
        } catch (const std::runtime_error&) {
            return false;
        }
    }));
    TopicReader reader(broker.address(),
                       "throughline.queue." + to_string(world.tenant) + ".orders");
    const auto messages = reader.read(3);
    CHECK(std::ranges::any_of(messages, [&](const TopicMessage& message) {
        return id_of(message) == to_string(unlucky.id);
    }));
}
