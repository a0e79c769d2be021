#include "tests/support/team.hpp"

#include <doctest/doctest.h>

using namespace throughline;

TEST_CASE("the pipeline is summed by stage, exactly, weighted by the stage's probability") {
    TestServer server;
    HttpClient client = server.new_tenant();
    create_record(client, "/api/deals", R"({"name":"a","value":"1000.10","stage":"proposal"})");
    create_record(client, "/api/deals", R"({"name":"b","value":0.2,"stage":"proposal"})");
    create_record(client, "/api/deals", R"({"name":"c","stage":"won","value":5})");
    const HttpReply last = client.post("/api/deals", R"({"name":"d","value":7,"currency":"EUR"})");
    const HttpHeaders after{{"Throughline-Min-Position", *last.header("Throughline-Position")}};
    const Json summary = body_of(client.get("/api/deals/summary", after));
    const JsonArray& stages = *summary.find("stages")->array();
    REQUIRE(stages.size() == 6);
    CHECK(to_text(stages[2]) ==
          R"({"stage":"proposal","name":"Proposal","probability":50,"count":2,"value":1000.30,)"
          R"("weighted_value":500.15,"currencies":[{"currency":"USD","value":1000.30,)"
          R"("weighted_value":500.15}]})");
    CHECK(to_text(*stages[1].find("value")) == "0");
    CHECK(summary.find("total")->integer("count") == 4);
    CHECK(summary.find("total")->find("value")->is_null()); // dollars and euros
    const Json own = body_of(client.get("/api/opportunities/summary?filter[currency]=EUR", after));
    CHECK(to_text(*own.find("total")->find("value")) == "7");
    CHECK(to_text(*own.find("total")->find("weighted_value")) == "0.7");
}

TEST_CASE("deals without a stage are summed, too") {
    TestServer server;
    HttpClient client = server.new_tenant();
    create_record(client, "/api/deals", R"({"name":"a","value":10})");
    set_open_stages(client, {});
    const HttpReply last = client.post("/api/deals", R"({"name":"b","value":7})");
    REQUIRE_MESSAGE(last.status == 201, last.body);
    set_open_stages(client, {"new", "qualified", "proposal", "negotiation"});
    const Json summary =
        body_of(client.get("/api/deals/summary",
                           {{"Throughline-Min-Position", *last.header("Throughline-Position")}}));
    const JsonArray& stages = *summary.find("stages")->array();
    REQUIRE(stages.size() == 7);
    CHECK(to_text(stages.back()) ==
          R"({"stage":null,"name":null,"probability":0,"count":1,"value":7,)"
          R"("weighted_value":0,"currencies":[{"currency":"USD","value":7,"weighted_value":0}]})");
    CHECK(summary.find("total")->integer("count") == 2);
    CHECK(to_text(*summary.find("total")->find("value")) == "17");
}

TEST_CASE("the flow of deals comes from the log: stays, transitions, wins and losses") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const auto path = [&](const char* name) {
        return "/api/deals/" +
               create_record(client, "/api/deals", std::string(R"({"name":")") + name + "\"}")
                   .text("id");
    };
    const std::string a = path("a");
    const std::string b = path("b");
    const std::string c = path("c");
    (void)client.post(a + "/stage", R"({"stage":"qualified"})");
    (void)client.request("POST", a + "/win");
    (void)client.post(b + "/lose", R"({"reason":"price"})");
    const HttpReply last = client.request("DELETE", c);
    const Json flow = body_of(client.get(
        "/api/deals/flow", {{"Throughline-Min-Position", *last.header("Throughline-Position")}}));
    CHECK(flow.integer("created") == 3);
    CHECK(flow.integer("won") == 1);
    CHECK(flow.integer("lost") == 1);
    CHECK(to_text(*flow.find("win_rate")) == "0.5");
    const Json& fresh = flow.find("stages")->array()->front();
    CHECK(fresh.integer("entered") == 3);
    CHECK(fresh.integer("left") == 2);
    CHECK(fresh.integer("present") == 0);
    CHECK(to_text(*fresh.find("conversion_rate")) == "0.5");
    CHECK(fresh.find("median_seconds")->number() != nullptr);
    CHECK(to_text(*flow.find("transitions")) ==
          R"([{"from":"new","to":"lost","count":1},{"from":"new","to":"qualified","count":1},)"
          R"({"from":"qualified","to":"won","count":1}])");
    const Json before = body_of(client.get("/api/deals/flow?from=2020-01-01&to=2020-12-31"));
    CHECK(before.integer("created") == 0);
    CHECK(client.get("/api/deals/flow?from=tomorrow").status == 422);
    // A last day that ends beyond what RFC 3339 can write, and a first one that begins before it.
    for (const auto& [zone, text, query] :
         {std::tuple{"America/New_York", "9999-12-31T23:59:59.999999Z", "?to=9999-12-31"},
          std::tuple{"Asia/Tokyo", "0001-01-01T00:00:00.000000Z", "?from=0001-01-01"}}) {
        REQUIRE(client.request("PATCH", "/api/me", R"({"timezone":")" + std::string(zone) + "\"}")
                    .status == 200);
        for (const char* report : {"/api/deals/flow", "/api/usage"}) {
            const HttpReply reply = client.get(std::string(report) + query);
            REQUIRE_MESSAGE(reply.status == 200, reply.body);
            CHECK(reply.body.find(text) != std::string::npos);
        }
    }
}

TEST_CASE("a merged deal is not present in the flow, and a stage taken by a merge is no step") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const auto made = [&](const char* body) {
        return create_record(client, "/api/deals", body).text("id");
    };
    const std::string a = made(R"({"name":"a"})");
    const std::string b = made(R"({"name":"b","stage":"proposal"})");
    REQUIRE(client.request("POST", "/api/deals/" + b + "/win").status == 200);
    const auto flow_after = [&](const HttpReply& last) {
        REQUIRE_MESSAGE(last.status == 200, last.body);
        return body_of(client.get("/api/deals/flow", {{"Throughline-Min-Position",
                                                       *last.header("Throughline-Position")}}));
    };
    const auto present = [](const Json& flow, std::string_view stage) {
        for (const Json& each : *flow.find("stages")->array())
            if (each.text("stage") == stage) return each.integer("present").value_or(-1);
        return std::int64_t{-1};
    };
    const Json merged =
        flow_after(client.post("/api/deals/merge", R"({"into":")" + a + R"(","from":[")" + b +
                                                       R"("],"fields":{"stage":")" + b + "\"}}"));
    CHECK(present(merged, "new") == 0);
    CHECK(present(merged, "won") == 1);
    CHECK(merged.integer("won") == 1);
    CHECK(merged.integer("lost") == 0);
    CHECK(to_text(*merged.find("transitions")) == R"([{"from":"proposal","to":"won","count":1}])");
    const Json unmerged =
        flow_after(client.post("/api/deals/" + a + "/unmerge", R"({"id":")" + b + "\"}"));
    CHECK(present(unmerged, "new") == 1);
    CHECK(present(unmerged, "won") == 1);
    CHECK(unmerged.integer("created") == 2);
    CHECK(unmerged.integer("won") == 1);
    CHECK(unmerged.find("transitions")->array()->size() == 1);
}
