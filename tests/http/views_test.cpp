#include "tests/support/team.hpp"
#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

std::string listed(HttpClient& client, const HttpReply& after, const std::string& query = "") {
    const Json page =
        body_of(client.get("/api/views" + query,
                           {{"Throughline-Min-Position", *after.header("Throughline-Position")}}));
    std::string names;
    for (const Json& view : *page.find("items")->array()) names += view.text("name") + " ";
    return names;
}

} // namespace

TEST_CASE("a view is saved, changed, shared and deleted by who made it") {
    TestServer server{Team::environment()};
    Team team{server};
    HttpClient& mine = team.as("sales");
    HttpClient& theirs = team.as("member");
    const HttpReply made = mine.post(
        "/api/views", R"({"kind":"deals","name":"Open","sort":"-value",)"
                      R"("filter":{"stage":{"in":["new","qualified"]},"value":{"gte":10}},)"
                      R"("fields":["name","value"]})");
    REQUIRE_MESSAGE(made.status == 201, made.body);
    const Json view = body_of(made);
    CHECK(view.text("kind") == "deal");
    CHECK(*view.find("shared") == Json(false));
    const std::string path = "/api/views/" + view.text("id");
    CHECK(theirs.get(path).status == 404);
    CHECK(listed(theirs, made) == "");
    CHECK(listed(mine, made, "?kind=deals") == "Open ");
    CHECK(listed(mine, made, "?kind=contact") == "");
    const HttpReply shared = mine.request("PATCH", path, R"({"shared":true})");
    CHECK(shared.status == 200);
    CHECK(theirs.get(path).status == 200);
    CHECK(listed(theirs, shared) == "Open ");
    CHECK(theirs.request("PATCH", path, R"({"name":"Mine"})").status == 403);
    CHECK(theirs.request("DELETE", path).status == 403);
    CHECK(mine.request("DELETE", path).status == 204);
    CHECK(mine.get(path).status == 404);
}

TEST_CASE("what a view says of its list is checked as the list would") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const auto fault = [&](const std::string& rest) {
        return first_error(client.post("/api/views", R"({"name":"x",)" + rest + "}"));
    };
    CHECK(fault(R"("kind":"nothing")") == "invalid_choice /kind");
    CHECK(fault(R"("kind":"deal","sort":"-size")") == "invalid_choice /sort");
    CHECK(fault(R"("kind":"deal","fields":["name","size"])") == "invalid_choice /fields");
    CHECK(fault(R"("kind":"deal","filter":{"size":1})") == "unknown_field /filter/size");
    CHECK(fault(R"("kind":"deal","filter":{"value":{"gte":"ten"}})") ==
          "invalid_format /filter/value/gte");
    CHECK(fault(R"("filter":{})") == "required /kind");
}
