#include "tests/chaos/rounds.hpp"
#include "tests/support/kafka_broker.hpp"

#include "bus/ids.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <algorithm>
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
    REQUIRE(wait_until([&] { return is_whole(first.url()); }));
    const auto all = all_that_is_led(first.database().url());
    const auto leads_all_since = [&](const ServerProcess& server, std::size_t offset) {
        return std::ranges::includes(server.led_since(offset), all);
    };
    REQUIRE(wait_until([&] { return leads_all_since(first.process(), 0); }));
    Environment same = kafka;
    same["DATABASE_URL"] = first.database().url();
    ServerProcess second(same);
    TopicReader reader(shared_kafka(), topic);
    std::size_t led_nothing = 0; // how long the output of the one that stands by was then
    for (int round = 0; round < rounds(); ++round) {
        // The first one leads, and the second one since the first was stopped, …
        ServerProcess& leader = round % 2 == 0 ? first.process() : second;
        const ServerProcess& other = round % 2 == 0 ? second : first.process();
        Load load({first.url(), second.url()}, token);
        REQUIRE(load.grows(50 + random_number(200)));
        leader.process().send(SIGSTOP);
        // A lead is lost after 10 s of silence, and asked for every second.
        CHECK(wait_until([&] { return leads_all_since(other, led_nothing); }, 15s));
        led_nothing = leader.output().size();
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
