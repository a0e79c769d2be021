#include "tests/chaos/rounds.hpp"
#include "tests/support/kafka_broker.hpp"

#include "bus/ids.hpp"

#include <doctest/doctest.h>

namespace throughline {
namespace {

std::int64_t head_of(const std::string& url, const std::string& token) {
    HttpClient client(url, {{"Authorization", "Bearer " + token}});
    return body_of(client.get("/api/events?limit=1")).integer("head").value();
}

} // namespace

TEST_CASE("the topic deleted under load") {
    const std::string topic = "deleted-" + to_string(new_id());
    TestServer server({{"KAFKA_BROKERS", shared_kafka()}, {"THROUGHLINE_KAFKA_TOPIC", topic}});
    const std::string token = register_owner(server.url());
    REQUIRE(wait_until([&] { return is_whole(server.url()); }));
    for (int round = 0; round < rounds(); ++round) {
        Load load({server.url()}, token);
        REQUIRE(load.grows(50 + random_number(200)));
        delete_topic(shared_kafka(), topic);
        REQUIRE(load.grows(50));
        const auto deleted_at = head_of(server.url(), token);
        REQUIRE(load.grows(100));
        CHECK(load.failures() == 0);
        const auto head = check_whole({server.process()}, load);
        // What was on the topic is gone with it (`republish` brings it back); what came after is
        // on the new one.
        TopicReader reader(shared_kafka(), topic);
        check_topic(reader.read_until(head, deleted_at + 1), head, deleted_at + 1);
    }
}

} // namespace throughline
