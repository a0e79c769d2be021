#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

namespace throughline {

TEST_CASE("what is pending for the indexes of words is merged by the server, beside who inserts") {
    TestServer server;
    HttpClient client = server.new_tenant();
    for (int i = 0; i < 20; ++i) {
        const HttpReply made =
            client.post("/api/contacts", R"({"name":"Pending Person )" + std::to_string(i) + "\"}");
        REQUIRE(made.status == 201);
        client.set_header("Throughline-Min-Position", *made.header("Throughline-Position"));
    }
    pqxx::connection connection(server.database().url());
    pqxx::nontransaction owner(connection);
    owner.exec("create extension pgstattuple");
    const auto pending = [&](const std::string& what) {
        return owner
            .exec1("select coalesce(sum((pgstatginindex(oid))." + what +
                   "), 0) from pg_class where relname in"
                   " ('list_contact_words_idx', 'list_contact_tags_idx', 'search_words_idx')")[0]
            .as<int>();
    };
    CHECK(client.get("/api/contacts?q=pending&count=true").body.find(R"("total":20)") !=
          std::string::npos);
    CHECK(client.get("/api/search?q=pending").body.find("Pending Person") != std::string::npos);
    CHECK(wait_until([&] { return pending("pending_tuples") == 0; }));
    CHECK(client.get("/api/contacts?q=pending&count=true").body.find(R"("total":20)") !=
          std::string::npos);
    CHECK(client.get("/api/search?q=pending").body.find("Pending Person") != std::string::npos);
}

} // namespace throughline
