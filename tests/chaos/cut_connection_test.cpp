#include "tests/chaos/rounds.hpp"
#include "tests/support/cutting_proxy.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/raw_connection.hpp"

#include "bus/ids.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <pqxx/pqxx>

namespace throughline {
namespace {

enum class Cut { at_once, once_written };

bool is_written(const std::string& url, const std::string& name) {
    pqxx::connection connection(url);
    return pqxx::nontransaction(connection)
        .exec_params1("select exists (select from events where data ->> 'name' = $1)", name)[0]
        .as<bool>();
}

/// Sends a command, resets the connection at once or as soon as the log has it, and asks again
/// under the same key until the answer is known.
Acknowledged create_in_the_dark(TestServer& server, const std::string& token, Cut cut) {
    const std::string name = "Dark " + to_string(new_id());
    Acknowledged command{name, "POST", "/api/contacts", R"({"name":")" + name + "\"}", {}};
    RawConnection dark(server.process().port());
    REQUIRE(dark.send(
        fmt::format("POST /api/contacts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
                    "Idempotency-Key: {}\r\nContent-Type: application/json\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    token, name, command.body.size(), command.body)));
    if (cut == Cut::once_written)
        REQUIRE(wait_until([&] { return is_written(server.database().url(), name); }));
    dark.reset();
    HttpClient client(server.url(), {{"Authorization", "Bearer " + token}});
    const auto answered = [&] {
        command.reply = client.post(command.path, command.body, {{"Idempotency-Key", name}});
        return command.reply.status != 409; // the first is still running
    };
    REQUIRE(wait_until(answered));
    CHECK_MESSAGE(command.reply.status == 201, command.reply.body);
    return command;
}

} // namespace

TEST_CASE("a client's connection reset between commit and answer") {
    const std::string topic = "cut-client-" + to_string(new_id());
    TestServer server({{"KAFKA_BROKERS", shared_kafka()}, {"THROUGHLINE_KAFKA_TOPIC", topic}});
    const std::string token = register_owner(server.url());
    TopicReader reader(shared_kafka(), topic);
    for (int round = 0; round < rounds(); ++round) {
        Load load({server.url()}, token);
        int replayed = 0;
        for (int i = 0; i < 50; ++i) {
            const Cut cut = i % 2 == 0 ? Cut::at_once : Cut::once_written;
            Acknowledged command = create_in_the_dark(server, token, cut);
            if (command.reply.header("Idempotency-Replayed") == "true") ++replayed;
            load.add(std::move(command));
        }
        CHECK(replayed >= 25); // all that were written before the cut
        // Whether the first or the second request made it, check_whole() sees that one did.
        check_whole({server.process()}, load, reader);
    }
}

TEST_CASE("what is told once is told although the connection to Postgres was cut") {
    const TestDatabase database;
    CuttingProxy proxy(database.url());
    ServerProcess server({{"DATABASE_URL", proxy.url()}});
    HttpClient client(server.url(), {{"Authorization", "Bearer " + register_owner(server.url())}});
    for (const std::string path : {"/api/api-keys", "/api/contacts"}) {
        const int before = proxy.cuts();
        proxy.cut_next();
        const bool is_key = path == "/api/api-keys";
        const HttpReply reply =
            client.post(path, is_key ? R"({"name":"Once","role":"viewer"})" : R"({"name":"Once"})");
        REQUIRE_MESSAGE(reply.status == 201, reply.body);
        CHECK(proxy.cuts() == before + 1);
        CHECK_FALSE(reply.header("Idempotency-Replayed").has_value());
        CHECK(body_of(reply).text("key").empty() != is_key);
    }
    check_verified(server);
}

TEST_CASE("the connection to Postgres cut between commit and answer") {
    const TestDatabase database;
    CuttingProxy proxy(database.url());
    const std::string topic = "cut-database-" + to_string(new_id());
    ServerProcess server({{"DATABASE_URL", proxy.url()},
                          {"KAFKA_BROKERS", shared_kafka()},
                          {"THROUGHLINE_KAFKA_TOPIC", topic}});
    const std::string token = register_owner(server.url());
    TopicReader reader(shared_kafka(), topic);
    for (int round = 0; round < rounds(); ++round) {
        Load load({server.url()}, token);
        for (int cut = 0; cut < 10; ++cut) {
            REQUIRE(load.grows(random_number(50)));
            const int before = proxy.cuts();
            proxy.cut_next();
            REQUIRE(wait_until([&] { return proxy.cuts() > before; }));
            REQUIRE(load.grows(1));
        }
        CHECK(load.failures() == 0); // no client hears of it
        check_whole({server}, load, reader);
    }
}

} // namespace throughline
