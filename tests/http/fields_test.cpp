#include "tests/support/team.hpp"
#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

std::string names(HttpClient& client, const std::string& query, const HttpReply& after) {
    const HttpReply reply =
        client.get("/api/contacts?" + query,
                   {{"Throughline-Min-Position", *after.header("Throughline-Position")}});
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    std::string all;
    const Json page = body_of(reply);
    for (const Json& item : *page.find("items")->array()) all += item.text("name");
    return all;
}

} // namespace

TEST_CASE("a tenant's field is validated, kept in its form, filtered, sorted and found") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const auto add = [&](const std::string& body) {
        const HttpReply reply = client.post("/api/fields/contacts", body);
        REQUIRE_MESSAGE(reply.status == 201, reply.body);
        return reply;
    };
    CHECK(*add(R"({"key":"tier","type":"choice","choices":["Gold","Silver"],"required":true})")
               .header("Location") == "/api/fields/contact/tier");
    add(R"({"key":"score","type":"decimal"})");
    add(R"({"key":"since","type":"date","label":"Customer since"})");
    CHECK(
        body_of(add(R"({"key":"friend","type":"reference","target":"contacts"})")).text("target") ==
        "contact");
    add(R"({"key":"likes","type":"multi_choice","choices":["Tea","Coffee"]})");
    CHECK(client.post("/api/fields/contact", R"({"key":"tier","type":"text"})").status == 409);
    CHECK(body_of(client.get("/api/fields/contact")).find("items")->array()->size() == 5);

    const auto fault = [&](const std::string& metadata) {
        return first_error(
            client.post("/api/contacts", R"({"name":"x","metadata":)" + metadata + "}"));
    };
    CHECK(first_error(client.post("/api/contacts", R"({"name":"x"})")) ==
          "required /metadata/tier");
    CHECK(fault(R"({"tier":"Bronze"})") == "invalid_choice /metadata/tier");
    CHECK(fault(R"({"tier":"Gold","score":"a lot"})") == "invalid_format /metadata/score");
    CHECK(fault(R"({"tier":"Gold","since":"yesterday"})") == "invalid_format /metadata/since");
    CHECK(fault(R"({"tier":"Gold","friend":"0190a7c0-0000-7000-8000-0000000000ad"})") ==
          "unknown_reference /metadata/friend");
    CHECK(fault(R"({"tier":"Gold","likes":["Tea","Milk"]})") == "invalid_choice /metadata/likes/1");

    const Json ada = create_contact(
        client, R"({"name":"a","metadata":{"tier":"gold","score":"10.50","free":"anything"}})");
    CHECK(to_text(*ada.find("metadata")) == R"({"tier":"Gold","score":10.50,"free":"anything"})");
    (void)create_contact(client, R"({"name":"b","metadata":{"tier":"Silver","score":9,"friend":")" +
                                     ada.text("id") + R"("}})");
    const HttpReply last = client.post(
        "/api/contacts", R"({"name":"c","metadata":{"tier":"Silver","likes":["tea"]}})");
    CHECK(names(client, "filter[metadata.tier]=silver&sort=name", last) == "bc");
    CHECK(names(client, "filter[metadata.score][gt]=9.5", last) == "a");
    CHECK(names(client, "sort=metadata.score", last) == "bac");
    CHECK(names(client, "sort=-metadata.score", last) == "abc");
    CHECK(names(client, "q=gold", last) == "a");
    CHECK(names(client, "q=tea", last) == "c");
    CHECK(first_error(client.get("/api/contacts?filter[metadata.since][gt]=abc")) ==
          "invalid_format filter[metadata.since][gt]");
    CHECK(first_error(client.get("/api/contacts?filter[metadata.likes]=milk")) ==
          "invalid_choice filter[metadata.likes]");
    const HttpReply fewer =
        client.request("PATCH", "/api/fields/contact/likes", R"({"choices":["Coffee"]})");
    CHECK_FALSE(body_of(fewer).find("retired"));
    CHECK(fewer.body == client.request("PATCH", "/api/fields/contact/likes", fewer.body).body);
    CHECK(names(client, "filter[metadata.likes]=TEA", last) == "c"); // it is a choice no more
    CHECK(first_error(client.get("/api/contacts?filter[metadata.likes]=milk")) ==
          "invalid_choice filter[metadata.likes]");
    CHECK(first_error(client.request("PATCH", "/api/contacts/" + ada.text("id"),
                                     R"({"metadata":{"tier":null}})")) ==
          "required /metadata/tier");
    CHECK(first_error(client.request("PATCH", "/api/contacts/" + ada.text("id"),
                                     R"({"metadata":null})")) == "required /metadata/tier");
    CHECK(client.request("DELETE", "/api/fields/contact/tier").status == 204);
    CHECK(client.request("DELETE", "/api/fields/contact/tier").status == 404);
    CHECK(client.post("/api/contacts", R"({"name":"x"})").status == 201);
}

TEST_CASE("a page of a list sorted by a key of metadata goes on where it ended") {
    TestServer server;
    HttpClient client = server.new_tenant();
    HttpReply last;
    for (const std::string score : {"3", "1", "2", "null", "10"})
        last = client.post("/api/contacts",
                           R"({"name":")" + score + R"(","metadata":{"it's":)" + score + "}}");
    std::string walked;
    std::string cursor;
    for (int page = 0; page < 5; ++page) {
        const Json read = body_of(
            client.get("/api/contacts?limit=1&sort=metadata.it%27s" + cursor,
                       {{"Throughline-Min-Position", *last.header("Throughline-Position")}}));
        walked += read.find("items")->array()->front().text("name") + " ";
        cursor = "&cursor=" + read.find("pagination")->text("next");
    }
    CHECK(walked == "1 2 3 10 null ");
}

TEST_CASE("a tenant's choices and stages are taken beside the declared ones, by key and label") {
    TestServer server;
    HttpClient client = server.new_tenant();
    REQUIRE(client
                .post("/api/fields/contact",
                      R"({"key":"status","type":"choice","choices":["On hold"]})")
                .status == 201);
    CHECK(create_contact(client, R"({"name":"x","status":"On hold"})").text("status") == "on_hold");
    CHECK(create_contact(client, R"({"name":"x","status":"active"})").text("status") == "active");
    CHECK(client.get("/api/contacts?filter[status]=on_hold").status == 200);
    CHECK(client.get("/api/contacts/export?format=ndjson&filter[status]=on_hold").status == 200);
    CHECK(client.post("/api/fields/contact", R"({"key":"name","type":"text"})").status == 422);
    const HttpReply old = client.post("/api/deals", R"({"name":"old","stage":"proposal"})");
    REQUIRE(old.status == 201);
    const std::string closed =
        "/api/deals/" +
        body_of(client.post("/api/deals", R"({"name":"closed","stage":"negotiation"})")).text("id");
    REQUIRE(client.request("POST", closed + "/win").status == 200);
    CHECK(first_error(client.get("/api/deals?filter[stage]=gone")) ==
          "invalid_choice filter[stage]");
    REQUIRE(client
                .request("PATCH", "/api/tenant",
                         R"({"currency":"EUR","pipeline_stages":[
                             {"key":"first","name":"First talk","probability":20},
                             {"key":"won","name":"Closed won","probability":100},
                             {"key":"lost","name":"Closed lost","probability":0}]})")
                .status == 200);
    CHECK(body_of(client.request("POST", closed + "/reopen")).text("stage") == "first");
    // Deals that are in a stage which is no more are found by it.
    CHECK(client
              .get("/api/deals?filter[stage]=proposal",
                   {{"Throughline-Min-Position", *old.header("Throughline-Position")}})
              .body.find("\"old\"") != std::string::npos);
    CHECK(first_error(client.get("/api/deals?filter[stage]=not+a+key!")) ==
          "invalid_choice filter[stage]");
    const Json deal = body_of(client.post("/api/deals", R"({"name":"x"})"));
    CHECK(deal.text("stage") == "first");
    CHECK(deal.text("currency") == "EUR");
    const std::string path = "/api/deals/" + deal.text("id");
    CHECK(client.request("PATCH", path, R"({"stage":"proposal"})").status == 422);
    // What has a stage that is gone may be written back as it is read, and that told again.
    const std::string stuck = "/api/deals/" + body_of(old).text("id");
    const HttpHeaders key{{"Idempotency-Key", "same"}};
    const HttpReply same = client.request("PUT", stuck, old.body, key);
    CHECK(same.status == 200);
    CHECK(body_of(same) == body_of(old));
    REQUIRE(client.request("PATCH", stuck, R"({"stage":"first"})").status == 200);
    CHECK(client.request("PUT", stuck, old.body, key).body == same.body);
    CHECK(client.request("PUT", stuck, old.body, {{"If-Match", "\"1\""}}).status == 412);
    CHECK(body_of(client.request("PATCH", path, R"({"stage":"Closed won"})")).text("stage") ==
          "won");
    const HttpReply reopened = client.request("POST", path + "/reopen");
    CHECK(body_of(reopened).text("stage") == "first");
    const Json timeline = body_of(
        client.get("/api/timeline/deal/" + deal.text("id"),
                   {{"Throughline-Min-Position", *reopened.header("Throughline-Position")}}));
    CHECK(timeline.find("items")->array()->front().text("summary") ==
          "Stage changed: Closed won → First talk");
    // Also where the stages are again those that they were at first.
    REQUIRE(client
                .request("PATCH", "/api/tenant",
                         R"({"pipeline_stages":[
                             {"key":"new","name":"New","probability":10},
                             {"key":"qualified","name":"Qualified","probability":25},
                             {"key":"proposal","name":"Proposal","probability":50},
                             {"key":"negotiation","name":"Negotiation","probability":75},
                             {"key":"won","name":"Won","probability":100},
                             {"key":"lost","name":"Lost","probability":0}]})")
                .status == 200);
    CHECK(client
              .get("/api/deals?filter[stage]=first",
                   {{"Throughline-Min-Position", *reopened.header("Throughline-Position")}})
              .body.find(deal.text("id")) != std::string::npos);
}

TEST_CASE("records are found by a choice that went with the extension of the kind's own") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const auto extend = [&](const std::string& choice) {
        return client.post("/api/fields/contact",
                           R"({"key":"status","type":"choice","choices":[")" + choice + "\"]}");
    };
    const auto shown = [&] {
        return body_of(client.get("/api/fields/contact")).find("items")->array()->size();
    };
    REQUIRE(extend("On hold").status == 201);
    const HttpReply held = client.post("/api/contacts", R"({"name":"held","status":"On hold"})");
    REQUIRE(held.status == 201);
    CHECK(client.request("DELETE", "/api/fields/contact/status").status == 204);
    CHECK(shown() == 0);
    CHECK(client.request("DELETE", "/api/fields/contact/status").status == 404);
    CHECK(client.request("PATCH", "/api/fields/contact/status", R"({"label":"x"})").status == 404);
    CHECK(first_error(client.post("/api/contacts", R"({"name":"x","status":"On hold"})")) ==
          "invalid_choice /status");
    CHECK(names(client, "filter[status]=on_hold", held) == "held");
    CHECK(first_error(client.get("/api/contacts?filter[status]=held")) ==
          "invalid_choice filter[status]");
    const HttpReply again = extend("Paused");
    CHECK(again.status == 201);
    CHECK_FALSE(body_of(again).find("retired"));
    CHECK(shown() == 1);
    CHECK(names(client, "filter[status]=On+hold", held) == "held");
    REQUIRE(client.request("DELETE", "/api/fields/contact/status").status == 204);
    REQUIRE(extend("On hold").status == 201);
    CHECK(create_contact(client, R"({"name":"y","status":"on_hold"})").text("status") == "on_hold");
}

TEST_CASE("a change of fields that is sent again under its key is answered as at first") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const auto twice = [&](const char* method, const char* path, const char* body,
                           const char* key) {
        const HttpHeaders keyed{{"Idempotency-Key", key}};
        const HttpReply first = client.request(method, path, body, keyed);
        const HttpReply again = client.request(method, path, body, keyed);
        CHECK(again.status == first.status);
        CHECK(again.body == first.body);
        CHECK(again.header("Location") == first.header("Location"));
        CHECK_FALSE(first.header("Idempotency-Replayed").has_value());
        CHECK(again.header("Idempotency-Replayed") == "true");
        return first;
    };
    CHECK(twice("POST", "/api/fields/contact", R"({"key":"tier","type":"text"})", "1").status ==
          201);
    CHECK(twice("POST", "/api/fields/contact", R"({"key":"size","type":"number"})", "2").status ==
          201);
    CHECK(twice("PATCH", "/api/fields/contact/tier", R"({"label":"Our tier"})", "3").status == 200);
    CHECK(client.request("DELETE", "/api/fields/contact/tier").status == 204);
    CHECK(twice("PATCH", "/api/fields/contact/size", R"({"label":"Our size"})", "4").status == 200);
}

TEST_CASE("only who may change the tenant changes its fields") {
    TestServer server{Team::environment()};
    Team team{server};
    CHECK(team.as("member").get("/api/fields/deal").status == 200);
    CHECK(team.as("manager").post("/api/fields/deal", R"({"key":"x","type":"text"})").status ==
          403);
    CHECK(team.as("admin").post("/api/fields/deal", R"({"key":"x","type":"text"})").status == 201);
    CHECK(team.as("admin").get("/api/fields/nothing").status == 404);
}

TEST_CASE("the tenant's description of the API has its fields and choices") {
    TestServer server;
    HttpClient client = server.new_tenant();
    (void)client.post("/api/fields/contact",
                      R"({"key":"tier","type":"choice","choices":["Gold"],"label":"Our tier"})");
    const Json own = body_of(client.get("/api/tenant/openapi.json"));
    const auto metadata = [](const Json& document) {
        return to_text(*document.find("components")
                            ->find("schemas")
                            ->find("ContactCreate")
                            ->find("properties")
                            ->find("metadata"));
    };
    CHECK(metadata(own).find("Our tier") != std::string::npos);
    CHECK(metadata(body_of(client.get("/openapi.json"))).find("Our tier") == std::string::npos);
}

TEST_CASE("the description for all tenants refuses no choice that one of them has") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const auto choices = [&](const char* document, const char* schema, const char* field) {
        const Json described = body_of(client.get(document));
        const Json* const values = described.find("components")
                                       ->find("schemas")
                                       ->find(schema)
                                       ->find("properties")
                                       ->find(field)
                                       ->find("enum");
        return values == nullptr ? std::string("any") : to_text(*values);
    };
    CHECK(choices("/openapi.json", "Deal", "stage") == "any");
    CHECK(choices("/openapi.json", "Contact", "status") == "any");
    CHECK(choices("/openapi.json", "DealCreate", "stage").find("negotiation") != std::string::npos);
    CHECK(choices("/openapi.json", "TenantSettings", "record_visibility").find("own") !=
          std::string::npos);
    REQUIRE(client
                .post("/api/fields/contact",
                      R"({"key":"status","type":"choice","choices":["On hold"]})")
                .status == 201);
    for (const char* const schema : {"Contact", "ContactCreate"})
        CHECK(choices("/api/tenant/openapi.json", schema, "status").find("on_hold") !=
              std::string::npos);
}
