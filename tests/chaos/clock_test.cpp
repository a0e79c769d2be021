#include "tests/chaos/rounds.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/shifted_clock.hpp"

#include "bus/ids.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

namespace throughline {

using namespace std::chrono_literals;

namespace {

bool is_accepted(const ServerProcess& server, const std::string& token) {
    return HttpClient(server.url(), {{"Authorization", "Bearer " + token}})
               .get("/api/contacts?limit=1")
               .status == 200;
}

std::string log_in(const ServerProcess& server) {
    const HttpReply reply = HttpClient(server.url())
                                .post("/api/auth/login", R"({"email":"owner@example.com",)"
                                                         R"("password":"correct horse"})");
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    return body_of(reply).text("access_token");
}

} // namespace

TEST_CASE("the clocks of server and Postgres jump, each by itself") {
    ShiftedClock servers;
    ShiftedClock databases;
    PrivatePostgres postgres(PrivatePostgres::Durability::none, databases.environment());
    const std::string topic = "clock-" + to_string(new_id());
    Environment environment = servers.environment();
    environment["DATABASE_URL"] = postgres.url();
    environment["KAFKA_BROKERS"] = shared_kafka();
    environment["THROUGHLINE_KAFKA_TOPIC"] = topic;
    environment["THROUGHLINE_ACCESS_TOKEN_SECONDS"] = "86400";
    ServerProcess server(environment);
    const std::string token = register_owner(server.url());
    TopicReader reader(shared_kafka(), topic);
    for (int round = 0; round < rounds(); ++round) {
        Load load({server.url()}, token);
        REQUIRE(load.grows(50));
        for (const auto shift : {2h, -2h, 0h}) {
            servers.set(shift);
            REQUIRE(load.grows(100));
            databases.set(shift);
            REQUIRE(load.grows(100));
        }
        CHECK(load.failures() == 0);
        check_whole({server}, load, reader);
    }

    pqxx::connection connection(postgres.url());
    CHECK_MESSAGE(pqxx::nontransaction(connection)
                      .exec1("select max(ce_time) > now() + interval '1 hour' and min(ce_time) < "
                             "now() - interval '1 hour' and max(recorded_at) > now() + interval "
                             "'1 hour' from events")[0]
                      .as<bool>(),
                  "the clocks jumped");

    // A token lives as long as it says, by the server's clock.
    servers.set(25h);
    CHECK_FALSE(is_accepted(server, token));
    const std::string later = log_in(server);
    CHECK(is_accepted(server, later));
    servers.set(0h);
    CHECK(is_accepted(server, token));
    CHECK(is_accepted(server, later));
}

} // namespace throughline
