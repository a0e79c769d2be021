#include "tests/chaos/rounds.hpp"
#include "tests/support/kafka_broker.hpp"

#include "bus/ids.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <csignal>

namespace throughline {

using namespace std::chrono_literals;

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
    const std::string token = register_owner(first.url());
    REQUIRE(wait_until([&] { return is_whole(first.url()); })); // so it leads everything
    const std::size_t all = first.process().times_led();
    Environment same = kafka;
    same["DATABASE_URL"] = first.database().url();
    ServerProcess second(same);
    TopicReader reader(shared_kafka(), topic);
    for (int round = 0; round < rounds(); ++round) {
        // The first one leads, and the second one since the first was stopped, …
        ServerProcess& leader = round % 2 == 0 ? first.process() : second;
        const ServerProcess& other = round % 2 == 0 ? second : first.process();
        Load load({first.url(), second.url()}, token);
        REQUIRE(load.grows(50 + random_number(200)));
        const std::size_t led = other.times_led();
        CHECK(leader.times_led() >= all);
        leader.process().send(SIGSTOP);
        // A lead is lost after 10 s of silence, and asked for every second.
        CHECK(wait_until([&] { return other.times_led() >= led + all; }, 15s));
        const auto& url = first.database().url();
        const auto head = number(url, "select position from log_head");
        const auto all_go_on = [&] {
            return number(url, "select min(position) from checkpoints") > head;
        };
        CHECK(wait_until(all_go_on, 60s));
        leader.process().send(SIGCONT);
        REQUIRE(load.grows(100));
        check_whole({first.process(), second}, load, reader);
    }
}

} // namespace throughline
