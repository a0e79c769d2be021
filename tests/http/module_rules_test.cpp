#include "tests/support/rule_author.hpp"

#include <doctest/doctest.h>

using namespace throughline;

TEST_CASE_FIXTURE(RuleAuthor, "a rule of either form is one rule of both") {
    const HttpReply made =
        client.post("/api/v1/automation/rules",
                    R"({"name":"Big","module_type":"sales","trigger_id":"high_value_opportunity",
            "conditions":[{"type":"value_threshold","value":5000}],
            "actions":[{"type":"send_notification","parameters":{"recipient":"a@b.c",
                "message":"New high-value opportunity: {{opportunity_name}} - ${{value}}"}}]})");
    REQUIRE_MESSAGE(made.status == 201, made.body);
    const Json rule = body_of(made);
    CHECK(member_names(rule) == std::vector<std::string>{"id", "tenant_id", "name", "description",
                                                         "module_type", "trigger_id", "conditions",
                                                         "actions", "is_active", "created_at",
                                                         "updated_at"});
    CHECK(rule.text("tenant_id") == body_of(client.get("/api/me")).find("tenant")->text("slug"));
    CHECK(*rule.find("is_active") == Json(true));
    const Json native = body_of(client.get("/api/automations/" + rule.text("id")));
    CHECK(native.find("trigger")->text("event") == "deal.high_value");
    CHECK(*native.find("conditions") == *rule.find("conditions"));

    (void)create(plain_rule("Due", R"({"type":"event","event":"task.due_soon"})"));
    (void)create(plain_rule("New", R"({"type":"event","event":"contact.created"})"));
    const std::string path = "/api/v1/automation/rules";
    CHECK(listed("/api/automations?sort=name") == "Big Due New");
    CHECK(listed(path) == "New Due Big");
    CHECK(listed(path + "?module_type=sales") == "Big");
    CHECK(listed(path + "?module_type=custom") == "Due");
    CHECK(listed(path + "?trigger_id=contact_created&is_active=true") == "New");
    CHECK(listed(path + "?trigger_id=task_due_soon") == "Due");
    CHECK(client.get(path + "?trigger_id=moon_rose").status == 422);
    CHECK(client.get(path + "?colour=red").status == 400);

    const std::string one = path + "/" + rule.text("id");
    const HttpReply off = client.request("PUT", one + "/toggle?is_active=false");
    CHECK(off.status == 200);
    CHECK(*body_of(off).find("is_active") == Json(false));
    CHECK(listed(path + "?is_active=false") == "Big");
    CHECK(client.request("PUT", one + "/toggle").status == 422);
    const auto toggled = [&](const std::string& is_active) {
        return client.request("PUT", one + "/toggle?is_active=" + is_active, std::nullopt,
                              {{"Idempotency-Key", "k"}});
    };
    CHECK(toggled("true").status == 200);
    CHECK(toggled("true").header("Idempotency-Replayed") == "true");
    CHECK(toggled("%74rue").header("Idempotency-Replayed") == "true"); // in whatever spelling
    CHECK(toggled("false").status == 422); // the query is the whole of what is asked
    CHECK(client.request("DELETE", one).status == 204);
    CHECK(client.request("DELETE", one).status == 404);
    CHECK(listed("/api/automations?sort=name") == "Due New");
}

TEST_CASE_FIXTURE(RuleAuthor, "the module form lists its triggers and tells its own faults") {
    const auto count = [&](const std::string& query) {
        const Json page = body_of(client.get("/api/v1/automation/triggers" + query));
        return page.find("items")->array()->size();
    };
    CHECK(count("") == 9);
    CHECK(count("?module_type=crm") == 4);
    CHECK(count("?module_type=sales") == 5);
    CHECK(count("?module_type=custom") > 20);
    CHECK(client.get("/api/v1/automation/triggers?module_type=moon").status == 422);
    const auto wrong = [&](const std::string& body) {
        return first_error(client.post("/api/v1/automation/rules", body));
    };
    CHECK(
        wrong(R"({"name":"X","module_type":"crm","trigger_id":"deal_closed_won","actions":[]})") ==
        "invalid_choice /trigger_id");
    CHECK(wrong(R"({"name":"X","module_type":"crm","trigger_id":"lead_created",
        "actions":[{"type":"create_task","parameters":{}}]})") ==
          "required /actions/0/parameters/title");
    CHECK(wrong(R"({"name":"X","module_type":"crm","trigger_id":"lead_created",
        "is_active":"yes","actions":[{"type":"create_task","parameters":{"title":"T"}}]})") ==
          "invalid_type /is_active");
}
