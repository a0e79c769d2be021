#include "tests/chaos/rounds.hpp"
#include "tests/support/kafka_broker.hpp"

#include <doctest/doctest.h>

namespace throughline {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TEST_CASE("the broker gone for 30 s and back") {
    KafkaBroker broker;
    TestServer server({{"KAFKA_BROKERS", broker.address()}});
    const std::string token = register_owner(server.url());
    TopicReader topic(broker.address(), "throughline.events");
    for (int round = 0; round < rounds(); ++round) {
        Load load({server.url()}, token);
        REQUIRE(load.grows(50 + random_number(200)));
        const auto back_at = Clock::now() + (round == 0 ? 30s : 3s); // the long one once
        round % 2 == 0 ? broker.stop() : broker.kill9();
        REQUIRE(load.grows(100)); // an outage delays the topic and nothing else
        HttpClient client(server.url());
        const auto is_seen = [&] {
            return client.get("/ready").body.find("degraded") != std::string::npos;
        };
        CHECK(wait_until(is_seen, 60s));
        CHECK(client.get("/ready").status == 200);
        REQUIRE(wait_until([&] { return Clock::now() >= back_at; }, 60s));
        CHECK(load.failures() == 0);
        broker.start();
        REQUIRE(load.grows(50));
        check_whole({server.process()}, load, topic);
    }
}

} // namespace throughline
