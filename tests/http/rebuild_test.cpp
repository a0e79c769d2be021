#include "tests/support/load.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <array>
#include <atomic>
#include <thread>

namespace throughline {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr const char* contacts_that_exist = "/api/contacts?limit=1&count=true";
constexpr std::array counted{contacts_that_exist, "/api/audit-logs?limit=1"};

std::string query(TestServer& server, const std::string& sql) {
    pqxx::connection connection(server.database().url());
    pqxx::nontransaction transaction(connection);
    transaction.exec0("set session_replication_role = replica"); // no triggers
    const auto rows = transaction.exec(sql);
    return rows.empty() ? "" : rows[0][0].as<std::string>("");
}

/// Everything about the read models' tables that is not their rows.
std::string shape(TestServer& server) {
    return query(
        server,
        "select string_agg(said, e'\\n' order by said) from ("
        " select indexdef from pg_indexes where schemaname = 'public'"
        " union all select tablename || policyname || cmd || roles::text || qual || "
        "coalesce(with_check, '') from pg_policies where schemaname = 'public'"
        " union all select relname || relrowsecurity || relacl::text || relowner from "
        "pg_class where relnamespace = 'public'::regnamespace and relkind = 'r') as t(said)");
}

std::string schemas_left(TestServer& server) {
    return query(server, "select count(*) from pg_namespace where nspname like 'rebuild%'");
}

std::int64_t total(const HttpReply& reply) {
    return body_of(reply).find("pagination")->integer("total").value();
}

/// Asks for the number of contacts, and of what is audited, again and again.
class Reader {
  public:
    explicit Reader(const std::string& url, const std::string& token)
        : client_(url, {{"Authorization", "Bearer " + token}}), thread_([this] { run(); }) {}
    ~Reader() {
        stopping_ = true;
        thread_.join();
    }
    std::atomic<int> reads = 0;
    std::atomic<int> failures = 0; // refused, or fewer than before
    std::atomic<Clock::duration> longest = Clock::duration{};

  private:
    void run() {
        std::array<std::int64_t, counted.size()> before{};
        for (std::size_t i = 0; !stopping_; i = (i + 1) % counted.size(), ++reads) {
            const auto began = Clock::now();
            const HttpReply reply = client_.get(counted[i]);
            longest = std::max(longest.load(), Clock::now() - began);
            const std::int64_t count = reply.status == 200 ? total(reply) : -1;
            if (count < before[i]) ++failures;
            before[i] = std::max(before[i], count);
        }
    }
    std::atomic<bool> stopping_ = false;
    HttpClient client_;
    std::thread thread_;
};

} // namespace

TEST_CASE("read models are rebuilt while they are read and written") {
    TestServer server;
    const std::string token = register_owner(server.url());
    const std::string before = shape(server);
    Load load({server.url()}, token);
    REQUIRE(load.grows(200));
    // All rows at once, or it and the read model would wait for each other.
    query(server, "lock table list_contact in share row exclusive mode; "
                  "update list_contact set phone = 'wrong'");
    {
        Reader reader(server.url(), token);
        REQUIRE(wait_until([&] { return reader.reads > 3; }));
        const std::size_t written = load.count();
        const FinishedProcess rebuilt = server.process().run({"rebuild", "all"});
        CHECK(load.count() > written + 20); // more than were under way
        INFO(rebuilt.output);
        CHECK(rebuilt.status == 0);
        CHECK(rebuilt.output.find("list_contact: folding, event ") != std::string::npos);
        CHECK(rebuilt.output.find("list_contact: rebuilt from events 1 to ") != std::string::npos);
        const int reads = reader.reads;
        CHECK(load.grows(50));
        CHECK(wait_until([&] { return reader.reads > reads; }));
        CHECK(reader.failures == 0);
        CHECK(reader.longest.load() < 1s); // the switch, as a reader feels it
    }
    load.stop();
    CHECK(load.faults().empty());
    CHECK(load.failures() == 0);
    CHECK(shape(server) == before);
    CHECK(schemas_left(server) == "0");
    const FinishedProcess verified = server.process().run({"verify"});
    INFO(verified.output);
    CHECK(verified.status == 0);
    HttpClient stranger = server.new_tenant("other@example.com");
    CHECK(total(stranger.get(contacts_that_exist)) == 0);
}

TEST_CASE("an event that cannot be applied ends a rebuild and leaves all as it was") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const Json made = create_contact(client, R"({"name":"Ada"})");
    REQUIRE(wait_until([&] { return query(server, "select name from list_contact") == "ada"; }));
    query(server, "update events set data = '[]' where type = 'contact.created'");
    for (int time = 0; time < 2; ++time) { // the second finds what the first left
        const FinishedProcess failed = server.process().run({"rebuild", "list_contact"});
        INFO(failed.output);
        CHECK(failed.status == 1);
        CHECK(failed.output.find("(contact.created) cannot be applied") != std::string::npos);
    }
    CHECK(query(server, "select name from list_contact") == "ada");
    CHECK(client.get("/api/contacts").status == 200);
}

TEST_CASE("a rebuild takes dead letters with it; one at a time; its name must be known") {
    TestServer server;
    HttpClient client = server.new_tenant();
    query(server, "alter table list_contact add constraint no_poison check (name <> 'poison')");
    std::ignore = create_contact(client, R"({"name":"Poison"})");
    REQUIRE(wait_until(
        [&] { return client.get("/ready").body.find("is a dead letter") != std::string::npos; }));
    {
        pqxx::connection other(server.database().url());
        pqxx::nontransaction(other).exec(
            "select pg_advisory_lock(hashtext('rebuild_list_contact'))");
        const FinishedProcess refused = server.process().run({"rebuild", "list_contact"});
        CHECK(refused.status == 1);
        CHECK(refused.output.find("is being rebuilt already") != std::string::npos);
    }
    CHECK(server.process().run({"rebuild", "list_contact"}).status == 0);
    CHECK(query(server, "select count(*) from dead_letters") == "0");
    CHECK(query(server, "select name from list_contact") == "poison");
    const HttpReply changed =
        client.request("PATCH", "/api/contacts/" + query(server, "select id from list_contact"),
                       R"({"phone":"1"})");
    REQUIRE(changed.status == 200);
    CHECK(
        body_of(client.get("/api/contacts?filter[phone]=1",
                           {{"Throughline-Min-Position", *changed.header("Throughline-Position")}}))
            .find("items")
            ->array()
            ->size() == 1);
    CHECK(wait_until([&] {
        return client.get("/ready").body.find(R"({"status":"ready")") != std::string::npos;
    }));

    const FinishedProcess unknown = server.process().run({"rebuild", "nonsense"});
    CHECK(unknown.status == 2);
    CHECK(unknown.output.find("all, list_contact") != std::string::npos);
}

} // namespace throughline
