#include "tests/chaos/rounds.hpp"
#include "tests/support/kafka_broker.hpp"

#include "bus/ids.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <csignal>
#include <future>
#include <memory>
#include <vector>

namespace throughline {

using namespace std::chrono_literals;

namespace {

/// The status of its answer, 0 where none comes.
std::future<int> create_meanwhile(const std::string& url, const std::string& token,
                                  const std::string& name) {
    return std::async(std::launch::async, [=] {
        HttpClient client(url, {{"Authorization", "Bearer " + token}});
        client.set_timeout(60s);
        try {
            return client.post("/api/contacts", R"({"name":")" + name + "\"}").status;
        } catch (const std::runtime_error&) {
            return 0;
        }
    });
}

/// Holds the head of the log, so that appends wait.
struct HeldHead {
    explicit HeldHead(const std::string& url) : connection(url) {
        head.exec("select from log_head for update");
    }
    pqxx::connection connection;
    pqxx::work head{connection};
};

std::int64_t number(const std::string& url, const std::string& query) {
    pqxx::connection connection(url);
    return pqxx::nontransaction(connection).exec1(query)[0].as<std::int64_t>();
}

bool appends_wait(const std::string& url) {
    return number(url, "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and "
                       "query like '%append_batch%' and pid <> pg_backend_pid()") == 1;
}

std::int64_t times_written(const std::string& url, const std::string& name) {
    return number(url, "select count(*) from events where data ->> 'name' = '" + name + "'");
}

} // namespace

TEST_CASE("a database that hangs and does not hang up") {
    const std::string topic = "hanging-database-" + to_string(new_id());
    PrivatePostgres postgres;
    const std::string url = postgres.url();
    ServerProcess server({{"DATABASE_URL", url},
                          {"KAFKA_BROKERS", shared_kafka()},
                          {"THROUGHLINE_KAFKA_TOPIC", topic}});
    const std::string token = register_owner(server.url());
    TopicReader reader(shared_kafka(), topic);
    for (int round = 0; round < rounds(); ++round) {
        Load load({server.url()}, token);
        REQUIRE(load.grows(50 + random_number(200)));
        load.stop();
        const std::string name = "Sent " + std::to_string(round);
        // Whose token is known for the next seconds, from the first request on.
        const std::string other =
            register_owner(server.url(), "owner" + std::to_string(round) + "@example.com");
        auto held = std::make_unique<HeldHead>(url);
        auto sent = create_meanwhile(server.url(), other, name);
        REQUIRE(wait_until([&] { return appends_wait(url); }));
        postgres.freeze();
        std::vector<std::future<int>> unsent;
        for (int i = 0; i < 8; ++i)
            unsent.push_back(create_meanwhile(server.url(), other, "Unsent"));
        for (auto& answer : unsent) {
            REQUIRE(answer.wait_for(15s) == std::future_status::ready);
            CHECK(answer.get() == 503);
        }
        CHECK(sent.wait_for(0s) == std::future_status::timeout); // nobody knows

        server.process().send(SIGTERM);
        CHECK(server.process().wait(40s) >= 0); // it ends by itself
        CHECK(sent.get() == 0);
        postgres.thaw();
        held.reset();
        server.start();
        check_whole({server}, load, reader);
        CHECK(times_written(url, "Unsent") == 0);
        CHECK(times_written(url, name) <= 1);
    }
}

} // namespace throughline
