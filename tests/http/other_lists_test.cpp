#include "tests/support/route_table.hpp"
#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace throughline {
namespace {

/// A tenant that has something in some of the lists that are none of records.
struct Lists {
    TestServer server;
    HttpClient client = server.new_tenant();
    HttpHeaders after;

    Lists() {
        add("/api/fields/contact", R"({"key":"tier","label":"Tier","type":"text"})");
        add("/api/fields/contact", R"({"key":"size","label":"Size","type":"number"})");
        add("/api/api-keys", R"({"name":"reader","role":"viewer"})");
        add("/api/views", R"({"kind":"contact","name":"mine"})");
        add("/api/automations", R"({"name":"rule","trigger":{"type":"manual"},"actions":[
            {"type":"analytics.track","event":"made"}]})");
        add("/api/contacts", R"({"name":"Ada","email":"ada@example.com"})");
        add("/api/contacts", R"({"name":"Ada L.","email":"ada@example.com"})");
    }
    void add(const std::string& path, const std::string& body) {
        const HttpReply reply = client.post(path, body);
        REQUIRE_MESSAGE(reply.status == 201, reply.body);
        after = {{"Throughline-Min-Position", *reply.header("Throughline-Position")}};
    }
    Json page(const std::string& target) {
        const HttpReply reply = client.get(target, after);
        REQUIRE_MESSAGE(reply.status == 200, target << " " << reply.body);
        return body_of(reply);
    }
    std::size_t count(const std::string& path) {
        const Json read = page(path + "count=true&limit=200");
        const std::size_t items = read.find("items")->array()->size();
        CAPTURE(path);
        CHECK(read.find("pagination")->find("next")->is_null());
        CHECK(read.find("pagination")->integer("total") == static_cast<std::int64_t>(items));
        return items;
    }
};

} // namespace

TEST_CASE_FIXTURE(Lists, "lists of whatever take limit, cursor and count, and nothing unknown") {
    for (const std::string path :
         {"/api/api-keys?", "/api/automations/actions?", "/api/automations/dead-letters?",
          "/api/automations/runs?", "/api/automations/templates?", "/api/automations/triggers?",
          "/api/automations?", "/api/analytics/events?", "/api/automation/rules?",
          "/api/automation/triggers?", "/api/contacts/duplicates?", "/api/fields/contact?",
          "/api/notifications?", "/api/openapi-documents?", "/api/search?q=ada&", "/api/views?"}) {
        const std::size_t items = count(path);
        const Json first = page(path + "limit=1");
        CAPTURE(path);
        CHECK(first.find("pagination")->integer("limit") == 1);
        CHECK(first.find("pagination")->find("total") == nullptr);
        CHECK(first.find("items")->array()->size() == std::min<std::size_t>(items, 1));
        CHECK(first.find("pagination")->find("next")->is_null() == (items < 2));
        CHECK(first_error(client.get(path + "colour=red")) == "unknown_parameter colour");
        CHECK(client.get(path + "count=maybe").status == 422);
        CHECK(client.get(path + "limit=201").status == 422);
        CHECK(client.get(path + "cursor=x").status == 400);
    }
    CHECK(count("/api/fields/contact?") == 2);
    CHECK(count("/api/api-keys?") == 1);
    CHECK(count("/api/views?") == 1);
    CHECK(count("/api/contacts/duplicates?") == 1);
    CHECK(count("/api/search?q=ada&") == 2);
}

TEST_CASE_FIXTURE(Lists, "a list that is at hand as a whole is walked page by page") {
    std::string walked;
    std::string cursor;
    for (int pages = 0; pages < 2; ++pages) {
        const Json read = page("/api/fields/contact?limit=1" + cursor);
        walked += read.find("items")->array()->front().text("key") + " ";
        cursor = "&cursor=" + read.find("pagination")->text("next");
    }
    CHECK(walked == "tier size ");
    CHECK(cursor == "&cursor=");
}

TEST_CASE_FIXTURE(Lists, "every read waits for the position that its caller names") {
    for (const ListedRoute& route : route_table(client)) {
        if (route.method != "GET" || route.permission.empty()) continue;
        CHECK_MESSAGE(std::ranges::count(route.query_parameters, "Throughline-Min-Position") == 1,
                      route.name());
    }
    client.set_patience({});
    const HttpReply early =
        client.get("/api/notifications", {{"Throughline-Min-Position", "999999"}});
    CHECK(early.status == 503);
    CHECK(early.header("Throughline-Position").has_value());
}

} // namespace throughline
