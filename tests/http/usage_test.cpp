#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

namespace throughline {
namespace {

/// The requests or events of the row of a list that has this value there.
std::int64_t number_in(const Json& report, std::string_view list, std::string_view where,
                       std::string_view value, std::string_view number) {
    for (const Json& row : *report.find(list)->array())
        if (row.text(where) == value) return row.integer(number).value_or(-1);
    return 0;
}

Json usage_of(HttpClient& client, const std::string& query = "") {
    const HttpReply reply = client.get("/api/usage" + query);
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    return body_of(reply);
}

std::int64_t creates_in(const Json& report) {
    for (const Json& row : *report.find("by_route")->array())
        if (row.text("route") == "/contacts" && row.text("method") == "POST")
            return row.integer("requests").value_or(-1);
    return 0;
}

} // namespace

TEST_CASE("usage adds up the requests of several servers, and the events of the log") {
    TestDatabase database;
    const Environment environment{{"DATABASE_URL", database.url()},
                                  {"JWT_SECRET", std::string(40, 's')}};
    ServerProcess one(environment);
    ServerProcess two(environment);
    const HttpHeaders bearer = {{"Authorization", "Bearer " + register_owner(one.url())}};
    HttpClient first(one.url(), bearer);
    HttpClient second(two.url(), bearer);
    const std::string me = body_of(first.get("/api/me")).find("user")->text("id");
    for (int i = 0; i < 7; ++i) (void)create_contact(first, R"({"name":"A"})");
    for (int i = 0; i < 5; ++i) (void)create_contact(second, R"({"name":"B"})");
    CHECK(second.get("/api/contacts?limit=no").status == 422); // a request too
    // A server that ends in order loses nothing; the other adds within its interval.
    CHECK(two.terminate() == 0);
    CHECK(wait_until([&] { return creates_in(usage_of(first)) == 12; }, std::chrono::seconds(90)));
    const Json report = usage_of(first);
    CHECK(creates_in(report) == 12);
    CHECK(number_in(report, "by_user", "user_id", me, "requests") == report.integer("requests"));
    CHECK(report.find("by_key")->array()->empty());
    CHECK(number_in(report, "activity", "type", "contact.created", "events") == 12);
    CHECK(number_in(report, "by_user", "user_id", me, "events") >= 12);
    for (const Json& row : *report.find("activity")->array())
        if (row.text("type") == "contact.created") {
            CHECK(row.text("user_id") == me);
            CHECK(row.text("name") == "Olive Owner");
            CHECK(row.text("last_at").size() == 27);
        }
}

TEST_CASE("what an API key does counts for the key and for whose it is") {
    const TestServer server;
    HttpClient owner = server.new_tenant();
    const std::string me = body_of(owner.get("/api/me")).find("user")->text("id");
    const Json made = body_of(owner.post("/api/api-keys", R"({"name":"Sync","role":"admin"})"));
    HttpClient key(server.url(), {{"Authorization", "Bearer " + made.text("key")}});
    const auto before = number_in(usage_of(owner), "by_user", "user_id", me, "events");
    for (int i = 0; i < 3; ++i) (void)create_contact(key, R"({"name":"A"})");
    const Json report = usage_of(owner);
    CHECK(number_in(report, "by_key", "key_id", made.text("id"), "events") == 3);
    CHECK(number_in(report, "by_user", "user_id", me, "events") == before + 3);
    CHECK(number_in(report, "by_user", "user_id", made.text("id"), "events") == 0);
    CHECK(number_in(report, "activity", "key_id", made.text("id"), "events") == 3);
}

TEST_CASE("usage is of one tenant and of one time") {
    const TestServer server;
    HttpClient one = server.new_tenant();
    HttpClient other = server.new_tenant("other@example.com");
    (void)create_contact(one, R"({"name":"A"})");
    CHECK(number_in(usage_of(one), "activity", "type", "contact.created", "events") == 1);
    CHECK(number_in(usage_of(other), "activity", "type", "contact.created", "events") == 0);
    CHECK(usage_of(one, "?from=2020-01-01&to=2020-12-31").integer("events") == 0);
    CHECK(usage_of(one, "?from=2020-01-01").integer("events").value_or(0) > 0);
    CHECK(usage_of(one, "?to=2020-01-01").integer("events") == 0);
    CHECK(one.get("/api/usage?from=yesterday").status == 422);
    CHECK(one.get("/api/usage?from=2021-01-01&to=2020-01-01").status == 422);
    CHECK(one.get("/api/usage?form=2021-01-01").status == 400);
    CHECK(server.anonymous().get("/api/usage").status == 401);
}

} // namespace throughline
