#include "tests/support/rule_author.hpp"
#include "tests/support/team.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

using namespace throughline;

TEST_CASE_FIXTURE(RuleAuthor,
                  "a rule is answered as it was written, with its version and last run") {
    const Json rule = create();
    CHECK(member_names(rule) == std::vector<std::string>{"id", "version", "name", "description",
                                                         "enabled", "mode", "trigger", "conditions",
                                                         "actions", "owner_id", "owner",
                                                         "created_at", "updated_at", "last_run"});
    CHECK(rule.integer("version") == 1);
    CHECK(*rule.find("enabled") == Json(true));
    CHECK(rule.text("mode") == "live");
    CHECK(*rule.find("conditions") == *parse_json(welcome_rule).find("conditions"));
    CHECK(*rule.find("actions") == *parse_json(welcome_rule).find("actions"));
    CHECK(rule.find("last_run")->is_null());
    const HttpReply read = client.get("/api/v1/automations/" + rule.text("id"));
    CHECK(body_of(read) == rule);
    CHECK(read.header("ETag") == "\"1\"");
}

TEST_CASE_FIXTURE(RuleAuthor, "a rule is changed, unless somebody else was faster, and deleted") {
    const std::string id = create().text("id");
    const HttpReply changed = change(id, R"({"description":"For all","conditions":null})");
    REQUIRE_MESSAGE(changed.status == 200, changed.body);
    CHECK(body_of(changed).integer("version") == 2);
    CHECK(body_of(changed).find("conditions")->is_null());
    CHECK(body_of(change(id, R"({"description":"For all"})")).integer("version") == 2);
    const Json cron = body_of(change(id, R"({"trigger":{"type":"cron","cron":"@daily"}})"));
    CHECK(to_text(*cron.find("trigger")) == R"({"type":"cron","cron":"@daily"})");
    CHECK(change(id, R"({"name":"Late"})", {{"If-Match", "\"1\""}}).status == 412);
    CHECK(first_error(change(id, R"({"enabled":null})")) == "required /enabled");
    CHECK(first_error(change(id, R"({"version":7})")) == "read_only /version");
    const std::string path = "/api/automations/" + id;
    CHECK(client.request("DELETE", path).status == 204);
    CHECK(client.get(path).status == 404);
    CHECK(change(id, R"({"name":"Gone"})").status == 404);
    CHECK(listed("/api/automations").empty());
    CHECK(post(id + "/restore").text("name") == "Welcome");
    CHECK(listed("/api/automations") == "Welcome");
}

TEST_CASE_FIXTURE(RuleAuthor, "a rule can be put as it was read") {
    const std::string path = "/api/automations/" + create().text("id");
    const HttpReply read = client.get(path);
    const HttpReply put = client.request("PUT", path, read.body);
    CHECK_MESSAGE(put.status == 200, put.body);
    CHECK(put.body == read.body);
}

TEST_CASE_FIXTURE(RuleAuthor, "a rule can be put as it was read, whatever is refused today") {
    const auto put_back = [&](const std::string& rule, const std::string& once,
                              const std::string& then) {
        const std::string path = "/api/automations/" + create(rule).text("id");
        pqxx::connection connection(server.database().url());
        pqxx::nontransaction(connection)
            .exec_params("update streams set state = replace(state::text, $1, $2)::json"
                         " where kind = 'automation'",
                         once, then);
        Json read = body_of(client.get(path));
        read.object()->set("description", "Another");
        const HttpReply put = client.request("PUT", path, to_text(read));
        CHECK_MESSAGE(put.status == 200, put.body);
        CHECK(*body_of(put).find("trigger") == *read.find("trigger"));
        CHECK(*body_of(put).find("conditions") == *read.find("conditions"));
        CHECK(*body_of(put).find("actions") == *read.find("actions"));
        return read;
    };
    const Json rule = put_back(plain_rule("Daily", R"({"type":"cron","cron":"@daily",
                                                       "timezone":"Europe/Paris"})"),
                               R"("timezone":"Europe/Paris")", R"("timezone":"")");
    CHECK(to_text(*rule.find("trigger")) == R"({"type":"cron","cron":"@daily"})");
    const std::string changed = R"({"name":"X","trigger":{"type":"event","event":"task.updated"},
        "conditions":[{"operator":"changed","field":"task.status"}],
        "actions":[{"type":"webhook.publish","url":"https://example.com"}]})";
    const Json kept = put_back(changed, R"("field":"task.status")", R"("field":"deal.stage")");
    put_back(changed, R"("url":"https://example.com")",
             R"("webhook_id":"01890a5d-ac96-774b-bcce-b302099a8057")");
    CHECK(first_error(change(kept.text("id"), R"({"conditions":[{"operator":"changed",
          "field":"lead.status"}]})")) == "invalid_choice /conditions/0/field");
}

TEST_CASE_FIXTURE(RuleAuthor, "the same Idempotency-Key makes one rule") {
    const HttpHeaders key = {{"Idempotency-Key", "once"}};
    const HttpReply first = client.post("/api/automations", welcome_rule, key);
    const HttpReply second = client.post("/api/automations", welcome_rule, key);
    CHECK(second.status == 201);
    CHECK(second.header("Idempotency-Replayed") == "true");
    CHECK(body_of(second) == body_of(first));
    CHECK(listed("/api/automations") == "Welcome");
}

TEST_CASE_FIXTURE(RuleAuthor, "a rule is enabled, disabled and put in the shadow") {
    const std::string id = create().text("id");
    const auto state = [](const Json& rule) {
        return to_text(*rule.find("enabled")) + ' ' + rule.text("mode");
    };
    CHECK(state(post(id + "/disable")) == "false live");
    CHECK(state(post(id + "/shadow")) == "true shadow");
    CHECK(state(post(id + "/disable")) == "false shadow");
    CHECK(state(post(id + "/enable")) == "true live");
    CHECK(post(id + "/enable").integer("version") == 5); // nothing changed
}

TEST_CASE_FIXTURE(RuleAuthor, "what is wrong with a rule is told where it stands") {
    const auto with_trigger = [&](const std::string& trigger) {
        return fault(plain_rule("X", trigger));
    };
    CHECK(with_trigger(R"({"type":"event","event":"contact.eaten"})") ==
          "invalid_choice /trigger/event");
    CHECK(with_trigger(R"({"type":"cron","cron":"0 9 * * 1","timezone":"Mars/Olympus"})") ==
          "invalid_choice /trigger/timezone");
    CHECK(with_trigger(R"({"type":"cron","cron":"TZ=Mars/Olympus 0 9 * * 1"})") ==
          "invalid_choice /trigger/cron");
    CHECK(with_trigger(R"({"type":"cron","cron":"99 9 * * 1"})") == "invalid_format /trigger/cron");
    const auto with = [&](const std::string& member, const std::string& value) {
        Json rule = parse_json(welcome_rule);
        rule.object()->set(member, parse_json(value));
        return fault(to_text(rule));
    };
    CHECK(with("name", "null") == "required /name");
    CHECK(with("colour", "1") == "unknown_field /colour");
    CHECK(with("mode", R"("loud")") == "invalid_choice /mode");
    CHECK(with("conditions", R"([{"operator":"near","field":"a","value":1}])") ==
          "invalid_choice /conditions/0/operator");
    CHECK(with("conditions", R"({"and":[{"nope":[1]}]})") ==
          "invalid_choice /conditions/and/0/nope");
    CHECK(with("actions", "[]") == "required /actions");
    CHECK(with("actions", R"([{"type":"fax.send"}])") == "invalid_choice /actions/0/type");
    CHECK(with("actions", R"([{"type":"email.send","to_email":"a@b.c"}])") ==
          "required /actions/0/subject");
    CHECK(with("actions", R"([{"type":"email.send","to_email":"{{a","subject":"s"}])") ==
          "invalid_format /actions/0/to_email");
    CHECK(with("actions", R"([{"type":"queue.enqueue","queue":"no name","payload":{}}])") ==
          "invalid_format /actions/0/queue");
    CHECK(with("owner_id", R"("01890a5d-ac96-774b-bcce-b302099a8057")") ==
          "unknown_reference /owner_id");
    CHECK(listed("/api/automations").empty());
    // All faults are told, whoever finds them.
    const HttpReply both = client.post(
        "/api/automations", plain_rule("", R"({"type":"cron","cron":"@daily","timezone":"X"})"));
    CHECK(body_of(both).find("errors")->array()->size() == 2);
    const HttpReply unknown = client.post(
        "/api/automations", plain_rule("X", R"({"type":"event","event":"contact.eaten"})"));
    CHECK(unknown.body.find("contact.created") != std::string::npos);
}

TEST_CASE_FIXTURE(RuleAuthor, "fixed values of actions are checked against the tenant's records") {
    const std::string rule =
        R"({"name":"R","trigger":{"type":"event","event":"deal.created"},"actions":[)";
    const HttpReply wrong = client.post("/api/automations", rule + R"({"type":"task.create",
        "task_data":{"title":"ok","due_date":"nonsense","priority":"zzz","assignee":"ghost"}},
        {"type":"update_status","entity_id":"{{deal.id}}","new_status":"signed"}]})");
    REQUIRE_MESSAGE(wrong.status == 422, wrong.body);
    for (const auto* const place :
         {"/actions/0/task_data/due_date", "/actions/0/task_data/priority",
          "/actions/0/task_data/assignee", "/actions/1/new_status"})
        CHECK_MESSAGE(wrong.body.find(place) != std::string::npos, wrong.body);
    CHECK(first_error(client.post("/api/v1/automation/rules", R"({"name":"R","module_type":"sales",
        "trigger_id":"opportunity_created","actions":[{"type":"create_task","parameters":
            {"title":"T","priority":"zzz"}}]})")) ==
          "invalid_choice /actions/0/parameters/priority");
    REQUIRE(client
                .request("PATCH", "/api/tenant",
                         R"({"pipeline_stages":[{"key":"signed","name":"Signed","probability":50},
                             {"key":"won","name":"Won","probability":100},
                             {"key":"lost","name":"Lost","probability":0}]})")
                .status == 200);
    (void)create(rule + R"({"type":"update_status","entity_id":"{{deal.id}}",
                            "new_status":"signed"}]})");
}

TEST_CASE_FIXTURE(RuleAuthor, "a rule whose fixed values were right once stays as it is") {
    const std::string contact = create_contact(client, R"({"name":"Ada"})").text("id");
    const Json rule = create(
        R"({"name":"R","trigger":{"type":"event","event":"deal.created"},"actions":[
            {"type":"task.create","task_data":{"title":"T","contact_id":")" +
        contact + R"("}}]})");
    const std::string id = rule.text("id");
    REQUIRE(client.request("DELETE", "/api/contacts/" + contact).status == 204);
    const Json tried =
        body_of(client.post("/api/automations/" + id + "/test", R"({"sample_data":{}})"));
    CHECK(tried.find("warnings")->array()->back().text("pointer") ==
          "/actions/0/task_data/contact_id");
    const std::string actions = R"("actions":)" + to_text(*rule.find("actions"));
    CHECK(change(id, R"({"name":"S",)" + actions + "}").status == 200);
    CHECK(change(id, R"({"actions":[{"type":"task.create","task_data":{"title":"U",
                         "contact_id":")" +
                         contact + R"("}}]})")
              .status == 422);
}

TEST_CASE_FIXTURE(RuleAuthor, "rules are listed by what they are and what they wait for") {
    (void)create(plain_rule("New", R"({"event":"contact.created","type":"event"})"));
    (void)create(plain_rule("Won", R"({"type":"event","event":"deal.won"})"));
    (void)create(plain_rule("Due", R"({"type":"event","event":"task.due_soon","lead_time":"2d"})"));
    const std::string monday =
        create(plain_rule("Monday", R"({"type":"cron","cron":"0 9 * * 1"})")).text("id");
    (void)post(monday + "/disable");
    const std::string path = "/api/automations?sort=name&";
    CHECK(listed(path) == "Due Monday New Won");
    CHECK(listed(path + "filter[enabled]=false") == "Monday");
    CHECK(listed(path + "filter[mode]=shadow").empty());
    CHECK(listed(path + "filter[trigger.type]=event") == "Due New Won");
    CHECK(listed(path + "filter[trigger.event]=contact.created") == "New");
    CHECK(listed(path + "filter[trigger.event]=task.due_soon&filter[enabled]=true") == "Due");
    CHECK(listed(path + "q=mon") == "Monday");
    CHECK(client.get(path + "filter[trigger.type]=moon").status == 422);
    CHECK(client.get(path + "filter[nothing]=1").status == 400);
    const Json one = body_of(client.get(path + "limit=1&fields=name,last_run&count=true"));
    CHECK(member_names(one.find("items")->array()->front()) ==
          std::vector<std::string>{"id", "version", "name", "last_run"});
    CHECK(one.find("pagination")->integer("total") == 4);
    const std::string next = one.find("pagination")->text("next");
    CHECK(listed(path + "limit=3&cursor=" + next) == "Monday New Won");
}

TEST_CASE_FIXTURE(RuleAuthor, "every version of a rule is kept, and can be gone back to") {
    const std::string id = create().text("id");
    REQUIRE(change(id, R"({"name":"Greet","conditions":null})").status == 200);
    (void)post(id + "/disable");
    const std::string path = "/api/automations/" + id + "/versions";
    const Json page = body_of(client.get(path));
    const JsonArray& versions = *page.find("items")->array();
    REQUIRE(versions.size() == 3);
    CHECK(page.find("pagination")->find("next")->is_null());
    CHECK(versions[0].integer("version") == 3);
    CHECK(to_text(*versions[0].find("changes")) == R"({"enabled":{"old":true,"new":false}})");
    CHECK(versions[0].find("by")->text("name").size() > 0);
    CHECK(versions[1].find("changes")->find("name")->text("new") == "Greet");
    CHECK(*versions[1].find("changes")->find("conditions")->find("old") ==
          *parse_json(welcome_rule).find("conditions"));
    CHECK(versions[2].text("event") == "automation.created");
    CHECK(versions[2].find("rule")->text("name") == "Welcome");
    CHECK(*versions[2].find("rule")->find("enabled") == Json(true));

    const Json first = body_of(client.get(path + "?limit=2"));
    const std::string next = first.find("pagination")->text("next");
    const Json rest = body_of(client.get(path + "?limit=2&cursor=" + next));
    CHECK(rest.find("items")->array()->front() == versions[2]);
    CHECK(client.get(path + "?cursor=nothing").status == 400);

    const Json restored = post(id + "/versions/1/restore");
    CHECK(restored.integer("version") == 4);
    CHECK(restored.text("name") == "Welcome");
    CHECK(*restored.find("enabled") == Json(true));
    CHECK(*restored.find("conditions") == *parse_json(welcome_rule).find("conditions"));
    for (const char* const none : {"0", "9", "x"})
        CHECK(client.request("POST", "/api/automations/" + id + "/versions/" + none + "/restore")
                  .status == 404);
}

TEST_CASE_FIXTURE(RuleAuthor, "each template makes a disabled rule") {
    const Json templates = body_of(client.get("/api/automations/templates"));
    REQUIRE(templates.find("items")->array()->size() == 14);
    for (const Json& each : *templates.find("items")->array()) {
        const Json rule = post("templates/" + each.text("key"));
        CHECK(*rule.find("enabled") == Json(false));
        CHECK(rule.text("name") == each.text("name"));
        CHECK(*rule.find("actions") == *each.find("actions"));
    }
    CHECK(client.request("POST", "/api/automations/templates/nothing").status == 404);
}

TEST_CASE_FIXTURE(RuleAuthor, "the catalogue says what rules can wait for and do") {
    const Json triggers = body_of(client.get("/api/automations/triggers"));
    std::string kinds;
    bool has_won = false;
    for (const Json& trigger : *triggers.find("items")->array()) {
        if (trigger.text("type") != "event") kinds += trigger.text("type") + ' ';
        if (trigger.text("name") != "deal.won") continue;
        has_won = true;
        CHECK(trigger.find("example")->find("deal")->text("stage") == "won");
        CHECK(trigger.find("example")->text("old_stage") == "new");
    }
    CHECK(has_won);
    CHECK(kinds == "cron webhook manual ");
    const Json actions = body_of(client.get("/api/automations/actions"));
    const Json& email = actions.find("items")->array()->front();
    CHECK(email.text("type") == "email.send");
    CHECK(email.find("parameters")->find("properties")->find("to_email") != nullptr);
}

TEST_CASE("rules are for who may read, run and change them") {
    TestServer server{Team::environment()};
    Team team{server};
    const HttpReply made = team.as("admin").post("/api/automations", welcome_rule);
    REQUIRE(made.status == 201);
    const std::string path = "/api/automations/" + body_of(made).text("id");
    CHECK(team.as("member").get(path).status == 403);
    CHECK(team.as("manager").get(path).status == 200);
    CHECK(team.as("manager").post(path + "/test", R"({"sample_data":{}})").status == 200);
    CHECK(team.as("manager").request("PATCH", path, R"({"name":"Mine"})").status == 403);
    CHECK(team.as("manager").request("POST", path + "/disable").status == 403);
    CHECK(team.as("manager").get("/api/automation/rules").status == 200);
    const Json audit = body_of(
        team.as("admin").get("/api/audit-logs/entity/automation/" + body_of(made).text("id"),
                             {{"Throughline-Min-Position", *made.header("Throughline-Position")}}));
    CHECK(audit.find("items")->array()->front().text("action") == "CREATE");
    CHECK(team.as("member").get("/api/events?kind=automation").body.find("Welcome") ==
          std::string::npos);
}

TEST_CASE("saving rules is limited, switching them off is not") {
    const TestServer server(Environment{{"THROUGHLINE_RATE_LIMITS", "automation=3"}});
    HttpClient client = server.new_tenant();
    int saved = 0;
    std::string id;
    HttpReply reply;
    while (saved < 20 && (reply = client.post("/api/automations", welcome_rule)).status == 201) {
        id = body_of(reply).text("id");
        ++saved;
    }
    CHECK(saved >= 3);
    CHECK(saved <= 5);
    CHECK(reply.status == 429);
    CHECK(reply.header("Retry-After"));
    CHECK(client.request("POST", "/api/automations/" + id + "/disable").status == 200);
    CHECK(client.get("/api/automations/" + id).status == 200);
}
