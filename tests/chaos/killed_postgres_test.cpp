#include "tests/chaos/rounds.hpp"
#include "tests/support/kafka_broker.hpp"

#include "bus/ids.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <csignal>

namespace throughline {
namespace {

/// The process of one of the server's sessions, whichever; all of them then recover from a crash.
pid_t some_backend(const std::string& url) {
    pqxx::connection connection(url);
    pqxx::nontransaction transaction(connection);
    const auto rows = transaction.exec("select pid from pg_stat_activity where application_name = "
                                       "'throughline' order by random() limit 1");
    return rows.at(0)[0].as<pid_t>();
}

} // namespace

TEST_CASE("kill -9 of Postgres under load") {
    const std::string topic = "killed-postgres-" + to_string(new_id());
    PrivatePostgres postgres;
    const std::string url = postgres.url();
    ServerProcess server({{"DATABASE_URL", url},
                          {"KAFKA_BROKERS", shared_kafka()},
                          {"THROUGHLINE_KAFKA_TOPIC", topic}});
    const std::string token = register_owner(server.url());
    TopicReader reader(shared_kafka(), topic);
    for (int round = 0; round < rounds(); ++round) {
        Load load({server.url()}, token);
        REQUIRE(load.grows(50 + random_number(400)));
        REQUIRE(::kill(some_backend(url), SIGKILL) == 0);
        REQUIRE(load.grows(50 + random_number(100)));
        postgres.kill9();
        REQUIRE(wait_until([&] { return load.failures() > 0; }));
        postgres.start();
        REQUIRE(load.grows(50));
        // Checkpoints may have gone back with what was not flushed: the relay sends again.
        check_whole({server}, load, reader);
    }
}

} // namespace throughline
