#include "tests/support/bystander.hpp"
#include "tests/support/raw_connection.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <pqxx/pqxx>

#include <map>
#include <memory>
#include <vector>

namespace throughline {
namespace {

using namespace std::chrono_literals;

/// Changes of one contact, each with a key of its own in metadata, all sent before any answer is
/// read.
class Crowd {
  public:
    Crowd(TestServer& server, const std::string& token, const std::string& contact, int count) {
        for (int i = 0; i < count; ++i) {
            const std::string body = fmt::format(R"({{"metadata":{{"k{}":1}}}})", i);
            connections_.push_back(std::make_unique<RawConnection>(server.process().port()));
            connections_.back()->send(fmt::format(
                "PATCH /api/contacts/{} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n"
                "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                contact, token, body.size(), body));
        }
    }
    /// How many there are of each status line.
    [[nodiscard]] std::map<std::string, int> answers() {
        std::map<std::string, int> found;
        for (const auto& connection : connections_) ++found[connection->read_until("\r\n", 100s)];
        return found;
    }

  private:
    std::vector<std::unique_ptr<RawConnection>> connections_;
};

const std::string changed = "HTTP/1.1 200 OK\r\n";

struct Owner {
    explicit Owner(TestServer& server)
        : token(register_owner(server.url())),
          client(server.url(), {{"Authorization", "Bearer " + token}}),
          contact(create_contact(client, R"({"name":"Ada"})").text("id")) {}

    [[nodiscard]] Json read() { return body_of(client.get("/api/contacts/" + contact)); }

    std::string token;
    HttpClient client;
    std::string contact;
};

} // namespace

TEST_CASE("five hundred changes of one record at once all pass, and others are served meanwhile") {
    TestServer server;
    Owner owner(server);
    Bystander bystander(server);
    Crowd crowd(server, owner.token, owner.contact, 500);
    CHECK(bystander.is_served(20));
    CHECK(crowd.answers() == std::map<std::string, int>{{changed, 500}});
    const Json contact = owner.read();
    CHECK(contact.integer("version") == 501);
    CHECK(contact.find("metadata")->object()->size() == 500);
    CHECK(bystander.is_served(20));
    CHECK(bystander.fault().empty());
    check_unharmed(server);
}

TEST_CASE("changes that wait for one that cannot go on keep no read from being served") {
    TestServer server;
    Owner owner(server);
    pqxx::connection database(server.database().url());
    pqxx::work stalled(database);
    stalled.exec("select from log_head for update");      // no append passes
    Crowd crowd(server, owner.token, owner.contact, 200); // more than there are workers
    for (int i = 0; i < 20; ++i) CHECK(owner.read().integer("version") == 1);
    stalled.abort();
    CHECK(crowd.answers() == std::map<std::string, int>{{changed, 200}});
    CHECK(owner.read().integer("version") == 201);
}

} // namespace throughline
