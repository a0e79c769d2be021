#include "tests/chaos/rounds.hpp"
#include "tests/support/kafka_broker.hpp"

#include "bus/ids.hpp"

#include <doctest/doctest.h>

namespace throughline {

TEST_CASE("kill -9 of the server under load") {
    const std::string topic = "killed-server-" + to_string(new_id());
    TestServer server({{"KAFKA_BROKERS", shared_kafka()}, {"THROUGHLINE_KAFKA_TOPIC", topic}});
    const std::string token = register_owner(server.url());
    TopicReader reader(shared_kafka(), topic);
    for (int round = 0; round < rounds(); ++round) {
        Load load({server.url()}, token);
        REQUIRE(load.grows(50 + random_number(400)));
        server.process().kill9();
        server.process().start();
        REQUIRE(load.grows(50));
        check_whole({server.process()}, load, reader);
    }
}

} // namespace throughline
