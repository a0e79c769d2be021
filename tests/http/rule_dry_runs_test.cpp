#include "tests/support/rule_author.hpp"

#include <doctest/doctest.h>

using namespace throughline;

TEST_CASE_FIXTURE(RuleAuthor, "a rule is tried on sample data, and nothing comes of it") {
    const std::string id = create().text("id");
    const std::string path = "/api/automations/" + id + "/test";
    const auto head = [&] {
        return body_of(client.get("/api/events?limit=1")).integer("head").value();
    };
    const auto before = head();
    const HttpReply reply =
        client.post(path, R"({"sample_data":{"contact":{"name":"Ada King","email":"ada@example.com",
                  "status":"new"}}})");
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    const Json run = body_of(reply);
    CHECK(*run.find("matched") == Json(true));
    CHECK(*run.find("conditions")->array()->front().find("result") == Json(true));
    CHECK(
        to_text(run.find("actions")->array()->front()) ==
        R"({"type":"email.send","rendered":{"to_email":"ada@example.com","subject":"Hello Ada"}})");
    CHECK(run.find("warnings")->array()->empty());
    const Json other =
        body_of(client.post(path, R"({"sample_data":{"contact":{"status":"lost"}}})"));
    CHECK(*other.find("matched") == Json(false));
    CHECK(other.find("warnings")->array()->front().text("pointer") == "/actions/0/to_email");
    CHECK(head() == before);
    CHECK(first_error(client.post(path, "{}")) == "required /sample_data");
    CHECK(first_error(client.post(path, R"({"sample_data":[]})")) == "invalid_type /sample_data");
    CHECK(first_error(client.post(path, R"({"sample":{}})")) == "unknown_field /sample");
}

TEST_CASE_FIXTURE(RuleAuthor, "a rule that is tried sees a payload as it would at work") {
    for (const char* const type : {"webhook", "manual"}) {
        const Json rule = create(R"({"name":"In","trigger":{"type":")" + std::string(type) +
                                 R"("},"actions":[{"type":"email.send","to_email":"{{email}}",
                                     "subject":"{{payload.email}}, {{company_name}}"}]})");
        const HttpReply reply = client.post(
            "/api/automations/" + rule.text("id") + "/test",
            R"({"sample_data":{"payload":{"email":"ada@example.com","company_name":"No"},
                               "company_name":"Acme"}})");
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        CHECK(to_text(*body_of(reply).find("actions")->array()->front().find("rendered")) ==
              R"({"to_email":"ada@example.com","subject":"ada@example.com, Acme"})");
    }
}

TEST_CASE_FIXTURE(RuleAuthor, "a rule is tried on an event of the past, as it was then") {
    const std::string id = create().text("id");
    const std::string path = "/api/automations/" + id + "/test";
    const std::string contact =
        create_contact(client, R"({"name":"Ada King","email":"ada@example.com"})").text("id");
    REQUIRE(client
                .request("PATCH", "/api/contacts/" + contact,
                         R"({"name":"Somebody Else","status":"active"})")
                .status == 200);
    const Json log = body_of(client.get("/api/events?kind=contact&id=" + contact));
    const JsonArray& events = *log.find("items")->array();
    const auto tried = [&](const Json& event) {
        const HttpReply reply =
            client.post(path, to_text(JsonObject{{"event_id", event.text("id")}}));
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        return body_of(reply);
    };
    const Json created = tried(events.front());
    CHECK(*created.find("matched") == Json(true));
    CHECK(created.find("actions")->array()->front().find("rendered")->text("subject") ==
          "Hello Ada");
    const Json changed = tried(events.back());
    CHECK(*changed.find("matched") == Json(false));
    CHECK(changed.find("warnings")->array()->front().text("pointer") == "/trigger");
    CHECK(
        first_error(client.post(path, R"({"event_id":"01890a5d-ac96-774b-bcce-b302099a8057"})")) ==
        "unknown_reference /event_id");
    CHECK(first_error(client.post(path, R"({"event_id":7})")) == "invalid_format /event_id");
}

TEST_CASE_FIXTURE(RuleAuthor,
                  "a rule for deals of high value asks for the threshold when it is tried") {
    const std::string trigger = R"({"type":"event","event":"deal.high_value"})";
    const auto matched = [&](const Json& rule, const std::string& sample) {
        const HttpReply reply = client.post("/api/automations/" + rule.text("id") + "/test",
                                            R"({"sample_data":)" + sample + "}");
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        return *body_of(reply).find("matched") == Json(true);
    };
    const Json plain = create(plain_rule("High", trigger));
    CHECK(matched(plain, R"({"deal":{"value":10000.01}})"));
    CHECK_FALSE(matched(plain, R"({"deal":{"value":10000}})"));
    CHECK_FALSE(matched(plain, R"({"opportunity_name":"Small","value":9}  )"));
    CHECK_FALSE(matched(plain, R"({"changes":{"value":{"old":20000,"new":30000}}})"));
    const Json own = create(R"({"name":"Own","trigger":)" + trigger +
                            R"(,"conditions":[{"type":"value_threshold","value":50}],
                                "actions":[{"type":"delay","for":"1d"}]})");
    CHECK(matched(own, R"({"deal":{"value":51}})"));
    CHECK_FALSE(matched(own, R"({"deal":{"value":50}})"));
}
