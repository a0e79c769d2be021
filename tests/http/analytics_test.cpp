#include "bus/ids.hpp"
#include "handlers/automation/analytics.hpp"
#include "tests/support/team.hpp"

#include <doctest/doctest.h>

using namespace throughline;

TEST_CASE("admins see what rules have tracked, by name and time, page by page") {
    TestServer server{Team::environment()};
    Team ours{server, "ours"};
    Team theirs{server, "theirs"};
    Database app{server.database().url(), Role::app, 1};
    Database system{server.database().url(), Role::system, 1};
    Analytics analytics{app, system, nullptr};
    const Uuid deal = new_id();
    for (int i = 0; i < 3; ++i)
        analytics.track({new_id(), ours.tenant(), "won", JsonObject{{"n", i}}, new_id(),
                         StreamKey{"deal", deal}});
    analytics.track({new_id(), ours.tenant(), "lost", JsonObject{}, new_id(), {}});
    analytics.track({new_id(), theirs.tenant(), "won", JsonObject{}, new_id(), {}});
    HttpClient& admin = ours.as("admin");
    const auto page = [&](const std::string& query) {
        const HttpReply reply = admin.get("/api/analytics/events" + query);
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        return body_of(reply);
    };
    const auto count = [&](const std::string& query) {
        return page(query).find("items")->array()->size();
    };
    CHECK(count("") == 4);
    CHECK(count("?event=won") == 3);
    CHECK(count("?event=won&to=2020-01-01") == 0);
    CHECK(count("?from=2020-01-01&to=9999-12-31") == 4);
    CHECK(count("?from=0001-01-01T00:00:00Z") == 4);
    const Json first = page("?event=won&limit=2");
    const Json item = first.find("items")->array()->front();
    CHECK(item.text("subject") == "deal/" + to_string(deal));
    CHECK(to_text(*item.find("properties")) == R"({"n":2})");
    const std::string next = first.find("pagination")->text("next");
    const Json second = page("?event=won&limit=2&cursor=" + next);
    REQUIRE(second.find("items")->array()->size() == 1);
    CHECK(to_text(*second.find("items")->array()->front().find("properties")) == R"({"n":0})");
    CHECK(second.find("pagination")->find("next")->is_null());
    CHECK(admin.get("/api/analytics/events?event=lost&cursor=" + next).status == 400);
    CHECK(ours.as("manager").get("/api/analytics/events").status == 403);
}
