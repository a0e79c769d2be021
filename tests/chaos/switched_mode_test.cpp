#include "tests/chaos/rounds.hpp"
#include "tests/support/kafka_broker.hpp"

#include "bus/ids.hpp"

#include <doctest/doctest.h>

namespace throughline {

TEST_CASE("the mode switched from Kafka to embedded and back under load") {
    const std::string topic = "switched-mode-" + to_string(new_id());
    TestServer server({{"KAFKA_BROKERS", shared_kafka()}, {"THROUGHLINE_KAFKA_TOPIC", topic}});
    const std::string token = register_owner(server.url());
    TopicReader reader(shared_kafka(), topic);
    const auto restart = [&](const std::string& brokers) {
        server.process().set_variable("KAFKA_BROKERS", brokers);
        CHECK(server.process().terminate() == 0);
        server.process().start();
    };
    for (int round = 0; round < rounds(); ++round) {
        Load load({server.url()}, token);
        REQUIRE(load.grows(50 + random_number(200)));
        restart("");
        REQUIRE(load.grows(50 + random_number(200)));
        restart(shared_kafka());
        REQUIRE(load.grows(50));
        check_whole({server.process()}, load, reader);
    }
}

} // namespace throughline
