#include "tests/support/team.hpp"
#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

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

TEST_CASE("views are paged, one's own first, and asked for by a kind that there is") {
    TestServer server{Team::environment()};
    Team team{server};
    HttpClient& mine = team.as("sales");
    HttpReply last;
    const auto save = [&](const char* as, const std::string& name) {
        last = team.as(as).post("/api/views",
                                R"({"kind":"deal","shared":true,"name":")" + name + "\"}");
        REQUIRE_MESSAGE(last.status == 201, last.body);
    };
    for (const char* name : {"c", "d", "e"}) save("sales", name);
    for (const char* name : {"b", "a"}) save("member", name);
    const auto pages = [&](const std::string& limit) {
        std::string all;
        std::string cursor;
        for (bool is_more = true; is_more;) {
            const Json page = body_of(
                mine.get("/api/views?kind=deals&limit=" + limit + cursor,
                         {{"Throughline-Min-Position", *last.header("Throughline-Position")}}));
            for (const Json& view : *page.find("items")->array()) all += view.text("name");
            all += " ";
            const Json& next = *page.find("pagination")->find("next");
            is_more = next.string() != nullptr && all.size() < 20;
            if (is_more) cursor = "&cursor=" + *next.string();
        }
        return all;
    };
    CHECK(pages("1") == "c d e a b ");
    CHECK(pages("2") == "cd ea b ");
    CHECK(pages("3") == "cde ab ");
    CHECK(pages("5") == "cdeab ");
    CHECK(first_error(mine.get("/api/views?kind=nonsense")) == "invalid_choice kind");
    CHECK(first_error(mine.get("/api/views?cursor=x")) == "invalid_cursor cursor");
}

TEST_CASE("a change of a view that is sent again under its key is answered as at first") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const HttpReply made = client.post("/api/views", R"({"kind":"deal","name":"All"})");
    REQUIRE_MESSAGE(made.status == 201, made.body);
    const std::string path = "/api/views/" + body_of(made).text("id");
    const HttpHeaders changes{{"Idempotency-Key", "change"}};
    const HttpHeaders deletes{{"Idempotency-Key", "delete"}};
    const HttpReply changed = client.request("PATCH", path, R"({"sort":"name"})", changes);
    REQUIRE_MESSAGE(changed.status == 200, changed.body);
    REQUIRE(client.request("DELETE", path, std::nullopt, deletes).status == 204);
    const HttpReply again = client.request("PATCH", path, R"({"sort":"name"})", changes);
    CHECK(again.status == 200);
    CHECK(again.body == changed.body);
    const HttpReply gone = client.request("DELETE", path, std::nullopt, deletes);
    CHECK(gone.status == 204);
    CHECK(gone.header("Idempotency-Replayed") == "true");
    CHECK(client.request("PATCH", path, R"({"sort":"-name"})", changes).status == 422);
    CHECK(client.request("DELETE", path).status == 404);
}

TEST_CASE("a change of a view's filter is made member by member") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const HttpReply made =
        client.post("/api/views",
                    R"({"kind":"deal","name":"Big","filter":{"stage":"new","value":{"gte":10}}})");
    REQUIRE_MESSAGE(made.status == 201, made.body);
    const std::string path = "/api/views/" + body_of(made).text("id");
    const auto filter = [&](const char* method, const std::string& given) {
        const HttpReply reply = client.request(method, path, R"({"filter":)" + given + "}");
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        return to_text(*body_of(reply).find("filter"));
    };
    CHECK(filter("PATCH", R"({"value":{"lt":20}})") ==
          R"({"stage":"new","value":{"gte":10,"lt":20}})");
    CHECK(filter("PATCH", R"({"value":{"gte":null}})") == R"({"stage":"new","value":{"lt":20}})");
    CHECK(filter("PATCH", R"({"value":null})") == R"({"stage":"new"})");
    CHECK(first_error(client.request("PATCH", path, R"({"filter":{"size":1}})")) ==
          "unknown_field /filter/size");
    CHECK(filter("PUT", R"({"value":5})") == R"({"stage":"new","value":5})");
    CHECK(filter("PUT", R"({"value":null})") == R"({"stage":"new"})");
    CHECK(client.request("PATCH", path, R"({"filter":null})").status == 200);
    CHECK(filter("PATCH", R"({"stage":null,"value":7})") == R"({"value":7})");
}

TEST_CASE("of changes of a view's filter at the same moment none is lost") {
    TestServer server;
    const std::string token = register_owner(server.url());
    const HttpHeaders headers{{"Authorization", "Bearer " + token}};
    HttpClient client(server.url(), headers);
    const std::string path =
        "/api/views/" +
        create_record(client, "/api/views", R"({"kind":"deal","name":"All"})").text("id");
    std::atomic<int> passed = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            HttpClient one(server.url(), headers);
            for (int j = 0; j < 10; ++j) {
                const std::string key = "metadata.k" + std::to_string(10 * i + j);
                const HttpReply reply =
                    one.request("PATCH", path, R"({"filter":{")" + key + R"(":1}})");
                passed += reply.status == 200 ? 1 : 0;
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(passed == 80);
    const Json view = body_of(client.get(path));
    CHECK(view.integer("version") == 81);
    CHECK(view.find("filter")->object()->size() == 80);
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
