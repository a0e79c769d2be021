#include "tests/support/rule_runs.hpp"
#include "tests/support/wait.hpp"

#include "domain/time.hpp"
#include "handlers/webhook_signature.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <thread>

using namespace throughline;

using Texts = Runs::Texts;

TEST_CASE_FIXTURE(Runs, "a rule does what it says, once, and it is told everywhere") {
    const std::string id = on("contact.created", R"([{"type":"task.create","task_data":
        {"title":"Call {{contact.first_name}}","due_date":"{{date_add_days:7}}"}},
        {"type":"notification.send","recipient":"{{user_id}}","message":"{{actions.0.name}}"}])");
    const std::string contact_id = contact();
    CHECK(ended(id, 1) == Texts{"succeeded"});
    const JsonArray tasks = items("/api/tasks", 1);
    REQUIRE(tasks.size() == 1);
    CHECK(tasks[0].text("name") == "Call Ada");
    CHECK(tasks[0].text("contact_id") == contact_id);
    const JsonArray notes = items("/api/notifications");
    REQUIRE(notes.size() == 1);
    CHECK(notes[0].text("message") == "Call Ada");

    const Json run = runs(id)[0];
    CHECK(run.text("rule_id") == id);
    CHECK(run.find("actions")->array()->size() == 2);
    CHECK(body_of(client.get("/api/automations/runs/" + run.text("id"))).text("status") ==
          "succeeded");
    CHECK(body_of(client.get("/api/automations/" + id)).find("last_run")->text("status") ==
          "succeeded");

    const JsonArray audit = items("/api/audit-logs?entity_type=task", 1);
    REQUIRE(audit.size() == 1);
    CHECK(audit[0].text("channel") == "automation");
    CHECK(audit[0].find("metadata")->text("rule_id") == id);
    CHECK(audit[0].find("metadata")->text("rule_name") == "R");
    CHECK(audit[0].find("metadata")->text("trigger_type") == "contact.created");

    CHECK(wait_until([&] {
        const auto timeline = items("/api/timeline/contact/" + contact_id + "?types=automation");
        return timeline.size() == 1 && timeline[0].text("summary") == "Rule R: succeeded";
    }));
    const Json why = body_of(client.get("/api/events/" + run.text("event_id") + "/why"));
    CHECK(to_text(why).find("task.created") != std::string::npos);
}

TEST_CASE_FIXTURE(Runs, "runs are read as of what was written before") {
    const std::string id = on("contact.created", R"([{"type":"delay","for":"1d"}])");
    for (std::size_t count = 1; count <= 5; ++count) {
        const HttpReply made = client.post("/api/contacts", R"({"name":"Ada"})");
        REQUIRE_MESSAGE(made.status == 201, made.body);
        const HttpReply listed =
            client.get("/api/automations/" + id + "/runs",
                       {{"Throughline-Min-Position", *made.header("Throughline-Position")}});
        REQUIRE_MESSAGE(listed.status == 200, listed.body);
        CHECK(body_of(listed).find("items")->array()->size() == count);
    }
}

TEST_CASE_FIXTURE(Runs, "a rule that never was has no runs, one that is deleted has its own") {
    const std::string id = on("contact.created", R"([{"type":"delay","for":"1d"}])");
    contact();
    REQUIRE(wait_until([&] { return runs(id).size() == 1; }));
    CHECK(client.request("DELETE", "/api/automations/" + id).status == 204);
    CHECK(runs(id).size() == 1);
    CHECK(client.get("/api/automations/01890a5d-ac96-774b-bcce-b302099a8057/runs").status == 404);
}

TEST_CASE_FIXTURE(Runs, "all that one run changed is taken back at once, and nothing else") {
    const std::string id = on("contact.created", R"([
        {"type":"task.create","task_data":{"title":"Call {{contact.first_name}}"}},
        {"type":"contact.update","changes":{"status":"customer"}}])");
    const std::string contact_id = contact();
    CHECK(ended(id, 1) == Texts{"succeeded"});
    REQUIRE(items("/api/tasks", 1).size() == 1);
    const HttpReply undone =
        client.post("/api/undo", R"({"correlation_id":")" + runs(id)[0].text("id") + "\"}");
    REQUIRE_MESSAGE(undone.status == 200, undone.body);
    CHECK(body_of(undone).find("changes")->array()->size() == 2);
    CHECK(items("/api/tasks", 0).empty());
    const Json kept = body_of(client.get("/api/contacts/" + contact_id));
    CHECK(kept.text("name") == "Ada Lovelace");
    CHECK(kept.text("status") != "customer");
}

TEST_CASE_FIXTURE(Runs, "a rule sees what happens while it is enabled, and no more") {
    contact("Before");
    const std::string id = on("contact.created", request());
    contact("First");
    CHECK(ended(id, 1) == Texts{"succeeded"});
    (void)client.request("POST", "/api/automations/" + id + "/disable");
    contact("Unseen");
    (void)client.request("POST", "/api/automations/" + id + "/enable");
    contact("Second");
    CHECK(ended(id, 2) == Texts{"succeeded", "succeeded"});
    CHECK(sink.requests().size() == 2);
}

TEST_CASE_FIXTURE(Runs, "each write path fires a rule, unless an import says otherwise") {
    const std::string id = on("contact.created", request());
    const auto import = [&](const std::string& query) {
        const HttpReply done = client.request(
            "POST", "/api/contacts/import?on_duplicate=create&" + query, "name\nOne\nTwo\n",
            {{"Content-Type", "text/csv"}, {"Prefer", "wait=30"}});
        REQUIRE_MESSAGE(done.status == 200, done.body);
    };
    import("run_automations=no");
    import("run_automations=later");
    import("run_automations=yes");
    CHECK(ended(id, 4) == Texts(4, "succeeded"));
    on("contact.status_changed", R"([{"type":"contact.update","changes":{"tags":["seen"]}}])");
    const std::string seen = contact("Bulk");
    const HttpReply bulk =
        client.post("/api/contacts/bulk", R"({"action":"update","ids":[")" + seen +
                                              R"("],"changes":{"status":"active"}})");
    CHECK_MESSAGE(bulk.status == 200, bulk.body);
    CHECK(wait_until([&] {
        const Json record = body_of(client.get("/api/contacts/" + seen));
        return to_text(*record.find("tags")) == R"(["seen"])";
    }));
}

TEST_CASE_FIXTURE(Runs, "a transient failure is tried again under the same key, then dead") {
    status = 503;
    const std::string id = on("contact.created", request());
    contact();
    CHECK(ended(id, 1) == Texts{"dead"});
    const auto tried = sink.requests();
    REQUIRE(tried.size() == 3);
    CHECK_FALSE(tried[0].header("Idempotency-Key").empty());
    CHECK(tried[0].header("Idempotency-Key") == tried[2].header("Idempotency-Key"));
    const JsonArray dead = items("/api/automations/dead-letters");
    REQUIRE(dead.size() == 1);
    const std::string run = dead[0].text("id");
    CHECK((*dead[0].find("actions")->array())[0].find("attempts")->array()->size() == 3);
    CHECK(items("/api/audit-logs?entity_type=automation_run&action_type=DEAD", 1).size() == 1);
    status = 200;
    CHECK(client.request("POST", "/api/automations/dead-letters/" + run + "/retry").status == 202);
    CHECK(ended(id, 1) == Texts{"succeeded"});
    CHECK(sink.requests().size() == 4);
    CHECK(sink.requests()[3].header("Idempotency-Key") == tried[0].header("Idempotency-Key"));
    CHECK(client.request("POST", "/api/automations/runs/" + run + "/retry").status == 409);
    CHECK(client.request("POST", "/api/automations/runs/" + run + "/cancel").status == 409);
}

TEST_CASE_FIXTURE(Runs, "a lasting failure is not tried again; what was done stays done") {
    status = 404;
    const std::string id =
        on("contact.created",
           R"([{"type":"task.create","task_data":{"title":"T"}},)" + request().substr(1));
    contact();
    CHECK(ended(id, 1) == Texts{"failed"});
    CHECK(sink.requests().size() == 1);
    status = 200;
    const HttpReply all =
        client.post("/api/automations/dead-letters/retry", R"({"rule_id":")" + id + "\"}");
    CHECK(body_of(all).integer("retried") == 1);
    CHECK(ended(id, 1) == Texts{"succeeded"});
    CHECK(items("/api/tasks", 1).size() == 1);
}

TEST_CASE_FIXTURE(Runs, "nothing is sent by a shadow, a dry run or a backtest") {
    const std::string id = on("contact.created", request(), R"(,"mode":"shadow","conditions":
            [{"operator":"starts_with","field":"contact.name","value":"Ada"}])");
    contact("Ada");
    contact("Bob");
    CHECK(ended(id, 1) == Texts{"succeeded"});
    const Json run = runs(id)[0];
    CHECK(run.text("mode") == "shadow");
    const Json& action = (*run.find("actions")->array())[0];
    CHECK(action.text("status") == "shadow");
    CHECK(action.find("input")->text("url") == sink.url("/in"));
    const std::string path = "/api/automations/" + id;
    const Json dry =
        body_of(client.post(path + "/test", R"({"event_id":")" + run.text("event_id") + "\"}"));
    CHECK(*dry.find("matched") == Json(true));

    (void)client.request("PATCH", path, R"({"conditions":null})");
    const HttpReply ordered = client.post(
        path + "/backtest", R"({"from":"2020-01-01","to":"2100-01-01","compare_version":1})");
    REQUIRE_MESSAGE(ordered.status == 202, ordered.body);
    const std::string job = "/api/automations/backtests/" + body_of(ordered).text("id");
    CHECK(wait_until([&] { return body_of(client.get(job)).text("status") == "completed"; }));
    const Json done = body_of(client.get(job));
    CHECK(done.integer("events") == 2);
    CHECK(done.integer("matched") == 2);
    CHECK(done.find("fires")->array()->size() == 2);
    CHECK(done.find("compared")->find("only_new")->array()->size() == 1);
    CHECK(done.find("compared")->find("only_old")->array()->empty());
    CHECK(sink.requests().empty());
}

TEST_CASE_FIXTURE(Runs, "clocks, webhooks, people and due dates start rules") {
    const std::string ticks = rule(R"({"type":"cron","cron":"* * * * * *"})", request("1"));
    CHECK(wait_until([&] { return runs(ticks).size() >= 2; }));
    (void)client.request("POST", "/api/automations/" + ticks + "/disable");

    const std::string by_hand = rule(R"({"type":"manual"})", request());
    const std::string someone = contact();
    const HttpReply started =
        client.post("/api/automations/" + by_hand + "/run",
                    R"({"entity_type":"contact","entity_id":")" + someone + "\"}");
    REQUIRE_MESSAGE(started.status == 202, started.body);
    CHECK(ended(by_hand, 1) == Texts{"succeeded"});
    CHECK(runs(by_hand)[0].text("id") == body_of(started).text("run_id"));
    CHECK(runs(by_hand)[0].text("subject") == "contact/" + someone);

    const std::string listens = rule(R"({"type":"webhook"})", request(R"("{{email}}")"));
    const Json hook = body_of(client.post("/api/automations/" + listens + "/hook",
                                          R"({"mapping":{"email":"person.mail"}})"));
    const std::string address = hook.text("url").substr(hook.text("url").find("/api/hooks/"));
    HttpClient stranger = server.anonymous();
    const HttpHeaders once = {{"webhook-id", "m-1"}};
    for (int i = 0; i < 2; ++i)
        CHECK(stranger.post(address, R"({"person":{"mail":"a@b.example"}})", once).status == 202);
    CHECK(stranger.post(address + "x", "{}").status == 404);
    CHECK(ended(listens, 1) == Texts{"succeeded"});
    // The clock's last ring may have been sent behind it.
    CHECK(std::ranges::any_of(sink.requests(), [](const SunkRequest& request) {
        return request.body.find("a@b.example") != std::string::npos;
    }));

    const std::string soon =
        rule(R"({"type":"event","event":"activity.due_soon","lead_time":"1h"})", request("2"));
    const std::string due = to_rfc3339(std::chrono::floor<std::chrono::microseconds>(
        std::chrono::system_clock::now() + std::chrono::minutes(30)));
    const HttpReply call = client.post(
        "/api/activities", R"({"type":"call","subject":"Call","due_at":")" + due + "\"}");
    REQUIRE_MESSAGE(call.status == 201, call.body);
    CHECK(wait_until([&] { return !runs(soon).empty(); }, std::chrono::seconds(90)));
    CHECK(ended(soon, 1) == Texts{"succeeded"});
}

TEST_CASE_FIXTURE(Runs, "a delay waits, and may be cancelled") {
    const std::string id =
        on("contact.created", R"([{"type":"delay","for":"1d"},)" + request().substr(1));
    contact();
    REQUIRE(waits(id));
    const std::string run = "/api/automations/runs/" + runs(id)[0].text("id");
    CHECK(client.request("POST", run + "/cancel").status == 200);
    CHECK(body_of(client.get(run)).text("status") == "cancelled");
    CHECK(counted("cancelled", 1));
    CHECK(sink.requests().empty());
}

TEST_CASE_FIXTURE(Runs, "what waits of a rule is cancelled where it is disabled or deleted") {
    const std::string later = R"([{"type":"delay","for":"1d"},)" + request().substr(1);
    const std::string off = on("contact.created", later);
    const std::string gone = on("contact.created", later);
    const std::string stays = on("contact.created", later);
    contact();
    for (const std::string& id : {off, gone, stays}) REQUIRE(waits(id));
    CHECK(client.request("POST", "/api/automations/" + off + "/disable").status == 200);
    CHECK(client.request("DELETE", "/api/automations/" + gone).status == 204);
    CHECK(ended(off, 1) == Texts{"cancelled"});
    CHECK(ended(gone, 1) == Texts{"cancelled"});
    CHECK(counted("cancelled", 2));
    CHECK(runs(off)[0].text("reason") == "The rule was disabled.");
    CHECK(runs(gone)[0].text("reason") == "The rule was deleted.");
    CHECK(client.request("POST", "/api/automations/" + off + "/enable").status == 200);
    contact();
    CHECK(wait_until([&] { return runs(off).size() == 2; }));
    CHECK(runs(off, "?status=cancelled").size() == 1);
    CHECK(runs(stays, "?status=cancelled").empty());
    CHECK(sink.requests().empty());
}

TEST_CASE_FIXTURE(Runs, "a run that meets a fault of the server each time is dead, and says why") {
    const std::string id =
        on("contact.created", R"([{"type":"delay","for":"1d"},)" + request().substr(1));
    contact();
    REQUIRE(waits(id));
    pqxx::connection connection(server.database().url());
    pqxx::nontransaction(connection)
        .exec("update automation_runs set rule_version = 99, attempts = 99, due_at = now()");
    CHECK(ended(id, 1) == Texts{"dead"});
    const Json run = body_of(client.get("/api/automations/runs/" + runs(id)[0].text("id")));
    CHECK(run.text("reason").find("no such version") != std::string::npos);
    CHECK(counted("dead", 1));
    CHECK(items("/api/audit-logs?entity_type=automation_run&action_type=DEAD", 1).size() == 1);
    CHECK(sink.requests().empty());
}

TEST_CASE_FIXTURE(Runs, "rules that lead to each other come to an end") {
    const std::string id = on("contact.updated",
                              R"([{"type":"contact.update","changes":
                                   {"job_position":"{{contact.job_position}}+"}}])");
    const std::string someone = contact();
    (void)client.request("PATCH", "/api/contacts/" + someone, R"({"job_position":"0"})");
    const auto statuses = ended(id, 9);
    CHECK(statuses.front() == "failed");
    CHECK(runs(id)[0].text("reason").starts_with("Loop guard"));
    CHECK(counted("failed", 1));
    CHECK(body_of(client.get("/api/contacts/" + someone)).text("job_position") == "0++++++++");
}

TEST_CASE_FIXTURE(Runs, "a rule may do what its owner may") {
    const std::string id = on("contact.created", R"([{"type":"update_status","entity_id":
        "{{contact.id}}","new_status":"{{contact.name}}"}])");
    contact();
    CHECK(ended(id, 1) == Texts{"failed"});
    CHECK_FALSE(runs(id)[0].text("reason").empty());
}

TEST_CASE_FIXTURE(Runs, "a tenant with many slow runs does not keep another's waiting") {
    const HttpSink slow([](const SunkRequest&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100)); // what is simulated
        return http_answer(200);
    });
    const std::string many =
        on("contact.created",
           R"([{"type":"http.request","method":"POST","url":")" + slow.url() + "\"}]");
    std::string file = "name\n";
    for (int i = 0; i < 1000; ++i) file += "C" + std::to_string(i) + "\n";
    const HttpReply taken = client.request("POST", "/api/contacts/import?on_duplicate=create", file,
                                           {{"Content-Type", "text/csv"}, {"Prefer", "wait=30"}});
    REQUIRE_MESSAGE(taken.status == 200, taken.body);
    CHECK(wait_until([&] { return slow.count() > 20; }));

    HttpClient other = server.new_tenant("other@example.com");
    const HttpReply rule =
        other.post("/api/automations",
                   R"({"name":"R","trigger":{"type":"event","event":"contact.created"},
            "actions":[{"type":"task.create","task_data":{"title":"T"}}]})");
    REQUIRE_MESSAGE(rule.status == 201, rule.body);
    (void)create_contact(other, R"({"name":"Ada"})");
    CHECK(wait_until(
        [&] { return body_of(other.get("/api/tasks")).find("items")->array()->size() == 1; }));
    CHECK_FALSE(runs(many, "?status=waiting").empty());
}

TEST_CASE_FIXTURE(Runs, "a breaker opens where actions keep failing, and is told of") {
    status = 503;
    const std::string id = on("contact.created", request());
    for (int i = 0; i < 12; ++i) contact("C" + std::to_string(i));
    CHECK(wait_until([&] {
        const auto told = items("/api/audit-logs?entity_type=automation_breaker");
        return std::ranges::any_of(told, [](const Json& item) {
            return item.text("event") == "automation_breaker.opened";
        });
    }));
    CHECK(sink.requests().size() < 36); // of three attempts each
}

TEST_CASE_FIXTURE(Runs, "a webhook that must be signed is refused without the right signature") {
    const std::string id = rule(R"({"type":"webhook"})", request("1"));
    const Json hook =
        body_of(client.post("/api/automations/" + id + "/hook", R"({"signed":true})"));
    const std::string address = hook.text("url").substr(hook.text("url").find("/api/hooks/"));
    const std::string body = R"({"a":1})";
    const std::string at = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                                              std::chrono::system_clock::now().time_since_epoch())
                                              .count());
    const auto send = [&](const std::string& signature) {
        return server.anonymous()
            .post(address, body,
                  {{"webhook-id", "m-2"},
                   {"webhook-timestamp", at},
                   {"webhook-signature", signature}})
            .status;
    };
    const std::string right = webhook_signature(webhook_key(hook.text("secret")), "m-2", at, body);
    CHECK(server.anonymous().post(address, body).status == 401);
    CHECK(send("v1,c2lnbmF0dXJl") == 401);
    CHECK(runs(id).empty());
    CHECK(send("v1,c2lnbmF0dXJl " + right) == 202);
    CHECK(ended(id, 1) == Texts{"succeeded"});
}
