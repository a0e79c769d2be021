#include "tests/chaos/rounds.hpp"
#include "tests/support/kafka_broker.hpp"

#include "bus/ids.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <csignal>

namespace throughline {
namespace {

std::int64_t number(const std::string& url, const std::string& query) {
    pqxx::connection connection(url);
    return pqxx::nontransaction(connection).exec1(query)[0].as<std::int64_t>();
}

} // namespace

TEST_CASE("SIGSTOP of the leading server past the loss of its lead, then SIGCONT") {
    const std::string topic = "stopped-leader-" + to_string(new_id());
    const Environment kafka{{"KAFKA_BROKERS", shared_kafka()},
                            {"THROUGHLINE_KAFKA_TOPIC", topic},
                            {"JWT_SECRET", std::string(32, 's')}};
    TestServer first(kafka);
    Environment same = kafka;
    same["DATABASE_URL"] = first.database().url();
    ServerProcess second(same);
    const std::string token = register_owner(first.url());
    TopicReader reader(shared_kafka(), topic);
    for (int round = 0; round < rounds(); ++round) {
        // The first one leads, and the second one since the first was stopped, …
        ServerProcess& leader = round % 2 == 0 ? first.process() : second;
        Load load({first.url(), second.url()}, token);
        REQUIRE(load.grows(50 + random_number(200)));
        leader.process().send(SIGSTOP);
        const auto& url = first.database().url();
        const auto head = number(url, "select position from log_head");
        const auto others_lead = [&] {
            return number(url, "select min(position) from checkpoints") > head;
        };
        CHECK(wait_until(others_lead, std::chrono::seconds(60)));
        leader.process().send(SIGCONT);
        REQUIRE(load.grows(100));
        check_whole({first.process(), second}, load, reader);
    }
}

} // namespace throughline
