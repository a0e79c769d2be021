#include "tests/chaos/rounds.hpp"
#include "tests/support/kafka_broker.hpp"

#include "bus/ids.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <pqxx/pqxx>

namespace throughline {
namespace {

/// A list of contacts that cannot take one name, until the poison is gone.
class Poison {
  public:
    Poison(const std::string& url, const std::string& name) : url_(url) {
        run(fmt::format("create function poison() returns trigger language plpgsql as $$ begin if "
                        "new.name = '{}' then raise 'poisoned'; end if; return new; end $$;"
                        "create trigger poison before insert or update on list_contact "
                        "for each row execute function poison()",
                        name));
    }
    void neutralise() const { run("drop function poison cascade"); }

  private:
    void run(const std::string& sql) const {
        pqxx::connection connection(url_);
        pqxx::nontransaction(connection).exec(sql);
    }
    std::string url_;
};

bool shows(HttpClient& client, const std::string& path, const std::string& text) {
    return client.get(path).body.find(text) != std::string::npos;
}

} // namespace

TEST_CASE("a poison event under load") {
    const std::string topic = "poison-event-" + to_string(new_id());
    TestServer server({{"KAFKA_BROKERS", shared_kafka()}, {"THROUGHLINE_KAFKA_TOPIC", topic}});
    const std::string token = register_owner(server.url());
    TopicReader reader(shared_kafka(), topic);
    HttpClient client(server.url(), {{"Authorization", "Bearer " + token}});
    for (int round = 0; round < rounds(); ++round) {
        const std::string name = "poison-" + to_string(new_id());
        const Poison poison(server.database().url(), name);
        Load load({server.url()}, token);
        REQUIRE(load.grows(50 + random_number(100)));
        const std::string id = create_contact(client, R"({"name":")" + name + "\"}").text("id");
        const auto letters = [&](int count) {
            return shows(client, "/metrics",
                         fmt::format("dead_letters{{consumer=\"list_contact\"}} {}", count));
        };
        REQUIRE(wait_until([&] { return letters(1); }));
        const std::string contact = "/api/contacts/" + id;
        const auto changed = client.request("PATCH", contact, R"({"name":"harmless"})");
        REQUIRE_MESSAGE(changed.status == 200, changed.body);
        const std::string after = *changed.header("Throughline-Position");

        // The stream is held, and seen to be; the others go on.
        CHECK(wait_until([&] { return letters(2); }));
        CHECK(shows(client, "/ready", "contact/" + id + " is a dead letter"));
        CHECK(client.get("/ready").status == 200);
        REQUIRE(load.grows(50));
        const std::string list = "/api/contacts?filter[name][in]=harmless," + name;
        const HttpReply listed = client.get(list, {{"Throughline-Min-Position", after}});
        CHECK(listed.status == 200);
        CHECK(listed.body.find(id) == std::string::npos);
        CHECK(client.get(contact).status == 200);

        poison.neutralise();
        const FinishedProcess released =
            server.process().run({"dead-letters", "release", "list_contact", "--all"});
        CHECK_MESSAGE(released.status == 0, released.output);
        CHECK(shows(client, list, id));
        check_whole({server.process()}, load, reader);
    }
}

} // namespace throughline
