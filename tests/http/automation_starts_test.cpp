#include "tests/support/rule_runs.hpp"

#include "handlers/webhook_signature.hpp"

using namespace throughline;

using Texts = Runs::Texts;

namespace {

struct Backtested : Runs {
    /// The job once it is done.
    Json backtest(const std::string& rule, const std::string& order) {
        const HttpReply ordered = client.post("/api/automations/" + rule + "/backtest", order);
        REQUIRE_MESSAGE(ordered.status == 202, ordered.body);
        const std::string job = "/api/automations/backtests/" + body_of(ordered).text("id");
        CHECK(wait_until([&] { return body_of(client.get(job)).text("status") == "completed"; }));
        return body_of(client.get(job));
    }
    /// What the first action of each of its fires was given as `member`.
    static Texts rendered(const Json& job, const std::string& member) {
        Texts all;
        for (const Json& fire : *job.find("fires")->array())
            all.push_back(fire.find("actions")->array()->front().find("rendered")->text(member));
        return all;
    }
};

} // namespace

TEST_CASE_FIXTURE(Runs, "who receives a rule's webhook can know that it is one") {
    const std::string id =
        on("contact.created", R"([{"type":"webhook.publish","url":")" + sink.url("/hook") + "\"}]");
    contact();
    CHECK(ended(id, 1) == Texts{"succeeded"});
    const auto received = sink.requests();
    REQUIRE(received.size() == 1);
    const HttpReply told = client.get("/api/automations/signing-secret");
    REQUIRE_MESSAGE(told.status == 200, told.body);
    CHECK(received[0].header("webhook-signature") ==
          webhook_signature(webhook_key(body_of(told).text("secret")),
                            received[0].header("webhook-id"),
                            received[0].header("webhook-timestamp"), received[0].body));
}

TEST_CASE_FIXTURE(Backtested, "a rule sees the tenant as it was at each event") {
    const std::string id = on("contact.created", R"([{"type":"analytics.track",
        "event":"{{company_name}}"}])");
    const auto rename = [&](const std::string& name) {
        const HttpReply done =
            client.request("PATCH", "/api/tenant", R"({"name":")" + name + "\"}");
        REQUIRE_MESSAGE(done.status == 200, done.body);
    };
    rename("Before");
    contact("Ada");
    rename("After");
    contact("Bob");
    CHECK(rendered(backtest(id, R"({"from":"2020-01-01","to":"2100-01-01"})"), "event") ==
          Texts{"Before", "After"});
}

TEST_CASE_FIXTURE(Backtested, "both ends of a range belong to it, by the times that events bear") {
    const std::string id = on("contact.created", R"([{"type":"delay","for":"1d"}])");
    contact("Before");
    const Json made = create_contact(client, R"({"name":"Ada"})");
    contact("After");
    const std::string time = made.text("created_at");
    const Json job = backtest(id, to_text(JsonObject{{"from", time}, {"to", time}}));
    const JsonArray& fires = *job.find("fires")->array();
    REQUIRE(fires.size() == 1);
    CHECK(fires[0].text("subject") == "contact/" + made.text("id"));
}

TEST_CASE_FIXTURE(Backtested, "a schedule is tried on its times, with all that a ring sees") {
    const std::string id =
        rule(R"({"type":"cron","cron":"0 8 * * mon","timezone":"UTC"})",
             R"([{"type":"analytics.track","event":"{{company_name}} {{today}}"}])");
    const auto change = [&](const std::string& patch) {
        const HttpReply done = client.request("PATCH", "/api/automations/" + id, patch);
        REQUIRE_MESSAGE(done.status == 200, done.body);
    };
    const std::string march = R"({"from":"2026-03-01","to":"2026-03-31")";
    const std::string name = body_of(client.get("/api/tenant")).text("name");
    const Json mondays = backtest(id, march + "}");
    CHECK(mondays.integer("events") == 5);
    CHECK(mondays.integer("matched") == 5);
    CHECK(rendered(mondays, "event") == Texts{name + " 2026-03-02", name + " 2026-03-09",
                                              name + " 2026-03-16", name + " 2026-03-23",
                                              name + " 2026-03-30"});

    change(R"({"trigger":{"type":"cron","cron":"0 8 * * mon,tue","timezone":"UTC"}})");
    const Json both = backtest(id, march + R"(,"compare_version":1})");
    CHECK(both.integer("matched") == 10);
    CHECK(both.find("compared")->find("only_new")->array()->size() == 5);
    CHECK(both.find("compared")->find("only_old")->array()->empty());

    change(R"({"conditions":[{"operator":"equals","field":"company_name","value":"Nobody"}]})");
    const Json none = backtest(id, march + R"(,"compare_version":1})");
    CHECK(none.integer("events") == 10);
    CHECK(none.integer("matched") == 0);
    CHECK(none.find("compared")->find("only_old")->array()->size() == 5);
    CHECK(none.find("compared")->find("only_new")->array()->empty());
}

TEST_CASE_FIXTURE(Backtested, "a backtest of what is due soon says that it does not know all") {
    const std::string due = on("task.due_soon", R"([{"type":"delay","for":"1d"}])");
    const std::string made = on("task.created", R"([{"type":"delay","for":"1d"}])");
    const std::string ever = R"({"from":"2020-01-01","to":"2100-01-01"})";
    const Json job = backtest(due, ever);
    const JsonArray& warnings = *job.find("warnings")->array();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].text("pointer") == "/trigger");
    CHECK(backtest(made, ever).find("warnings")->array()->empty());
}

TEST_CASE_FIXTURE(Backtested, "days of a range are the user's, the last one included") {
    const HttpReply moved =
        client.request("PATCH", "/api/me", R"({"timezone":"America/New_York"})");
    REQUIRE_MESSAGE(moved.status == 200, moved.body);
    const std::string id =
        rule(R"({"type":"cron","cron":"0 4 * * *","timezone":"UTC"})", request("1"));
    const Json job = backtest(id, R"({"from":"2026-01-02","to":"2026-01-02"})");
    const JsonArray& fires = *job.find("fires")->array();
    REQUIRE(fires.size() == 1);
    CHECK(fires[0].text("at") == "2026-01-03T04:00:00.000000Z"); // it is winter there

    status = 404;
    const std::string fails = on("contact.created", request());
    contact();
    CHECK(ended(fails, 1) == Texts{"failed"});
    const auto retried = [&](const std::string& range) {
        const HttpReply reply = client.post("/api/automations/dead-letters/retry", range);
        REQUIRE_MESSAGE(reply.status == 202, reply.body);
        return body_of(reply).integer("retried");
    };
    CHECK(retried(R"({"to":"2020-01-01"})") == 0);
    CHECK(retried(R"({"from":"2020-01-01","to":"2100-01-01"})") == 1);
    CHECK(first_error(client.post("/api/automations/dead-letters/retry", R"({"from":"soon"})")) ==
          "invalid_format /from");
}

TEST_CASE_FIXTURE(Runs, "runs of a rule that is at rest are retried where the rule is named") {
    status = 404;
    const std::string id = on("contact.created", request());
    contact();
    CHECK(ended(id, 1) == Texts{"failed"});
    CHECK(client.post("/api/automations/" + id + "/disable", "").status == 200);
    CHECK(wait_until([&] { // the engine knows
        return client.get("/metrics").body.find("status=\"disabled\"} 1\n") != std::string::npos;
    }));
    const auto retried = [&](const std::string& meant) {
        const HttpReply reply = client.post("/api/automations/dead-letters/retry", meant);
        REQUIRE_MESSAGE(reply.status == 202, reply.body);
        return body_of(reply).integer("retried");
    };
    CHECK(retried("{}") == 0);
    CHECK(retried(R"({"rule_id":")" + id + "\"}") == 1);
    CHECK(ended(id, 1) == Texts{"failed"});
    CHECK(client.post("/api/automations/" + id + "/enable", "").status == 200);
    CHECK(wait_until([&] { return retried("{}") == 1; }));
}

TEST_CASE_FIXTURE(Runs, "a start that is repeated under its key is answered as it was") {
    const std::string id = rule(R"({"type":"manual"})", request("1"));
    const std::string path = "/api/automations/" + id;
    const auto start = [&](const std::string& key) {
        return client.post(path + "/run", "{}", {{"Idempotency-Key", key}});
    };
    const HttpReply first = start("k");
    REQUIRE_MESSAGE(first.status == 202, first.body);
    CHECK_FALSE(first.header("Idempotency-Replayed"));
    CHECK(ended(id, 1) == Texts{"succeeded"});
    CHECK(client.request("POST", path + "/disable").status == 200);
    const HttpReply again = start("k");
    CHECK(again.status == 202);
    CHECK(again.body == first.body);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(start("other").status == 409);
    CHECK(client.request("DELETE", path).status == 204);
    CHECK(start("k").body == first.body);
    CHECK(start("other").status == 404);
    CHECK(runs(id).size() == 1);
}

TEST_CASE_FIXTURE(Runs, "runs are retried, and one is cancelled, once under a key") {
    const auto post = [&](const std::string& path, const std::string& key,
                          const std::string& body = "{}") {
        return client.post("/api/automations/" + path, body, {{"Idempotency-Key", key}});
    };
    status = 404;
    const std::string id = on("contact.created", request());
    contact();
    CHECK(ended(id, 1) == Texts{"failed"});
    const HttpReply all = post("dead-letters/retry", "all");
    CHECK(body_of(all).integer("retried") == 1);
    CHECK(ended(id, 1) == Texts{"failed"});
    const HttpReply again = post("dead-letters/retry", "all");
    CHECK(again.body == all.body);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(runs(id)[0].text("status") == "failed");
    CHECK(post("dead-letters/retry", "all", R"({"to":"2020-01-01"})").status == 422);

    const std::string run = "runs/" + runs(id)[0].text("id");
    CHECK(client.post("/api/automations/" + run + "/retry", "", {{"Idempotency-Key", "one"}})
              .status == 202);
    CHECK(ended(id, 1) == Texts{"failed"});
    const auto sent = sink.requests().size();
    const HttpReply once =
        client.post("/api/automations/" + run + "/retry", "", {{"Idempotency-Key", "one"}});
    CHECK(once.status == 202);
    CHECK(body_of(once).text("status") == "failed"); // as it stands
    CHECK(sink.requests().size() == sent);

    const std::string slow =
        rule(R"({"type":"manual"})",
             R"([{"type":"delay","for":"1d"},{"type":"analytics.track","event":"later"}])");
    REQUIRE(post(slow + "/run", "start").status == 202);
    REQUIRE(waits(slow));
    const std::string stop = "/api/automations/runs/" + runs(slow)[0].text("id") + "/cancel";
    CHECK(client.post(stop, "", {{"Idempotency-Key", "stop"}}).status == 200);
    CHECK(client.post(stop, "", {{"Idempotency-Key", "stop"}}).status == 200);
    CHECK(client.post(stop, "").status == 409);
}

TEST_CASE_FIXTURE(Runs, "a backtest is ordered once under a key") {
    const std::string path = "/api/automations/" + rule(R"({"type":"manual"})", request("1"));
    const auto order = [&](const std::string& to) {
        return client.post(path + "/backtest", R"({"from":"2020-01-01","to":")" + to + "\"}",
                           {{"Idempotency-Key", "k"}});
    };
    const HttpReply first = order("2020-01-02");
    REQUIRE_MESSAGE(first.status == 202, first.body);
    const HttpReply again = order("2020-01-02");
    CHECK(again.body == first.body);
    CHECK(again.header("Location") == first.header("Location"));
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(order("2020-01-03").status == 422);
}

TEST_CASE_FIXTURE(Runs, "an address for webhooks is made once under a key, and takes keys") {
    const std::string id = rule(R"({"type":"webhook"})", request("1"));
    const std::string path = "/api/automations/" + id;
    const auto open = [&](const std::string& key) {
        return client.post(path + "/hook", "{}", {{"Idempotency-Key", key}});
    };
    const HttpReply first = open("k");
    REQUIRE_MESSAGE(first.status == 201, first.body);
    CHECK(open("k").body == first.body);
    const HttpReply second = open("other");
    REQUIRE_MESSAGE(second.status == 201, second.body);
    CHECK(second.body != first.body);
    CHECK(open("k").status == 409); // the address of then is none any more

    const std::string url = body_of(second).text("url");
    const auto send = [&](const std::string& body) {
        return server.anonymous().post(url.substr(url.find("/api/hooks/")), body,
                                       {{"Idempotency-Key", "k"}});
    };
    const HttpReply taken = send("{}");
    REQUIRE_MESSAGE(taken.status == 202, taken.body);
    CHECK(ended(id, 1) == Texts{"succeeded"});
    CHECK(client.post(path + "/disable", "").status == 200);
    const HttpReply again = send("{}");
    CHECK(again.status == 202);
    CHECK(again.body == taken.body);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(send(R"({"a":1})").status == 422);
    server.age_keys(25);
    CHECK(client.post(path + "/enable", "").status == 200);
    CHECK(send("{}").body != taken.body);
}

TEST_CASE_FIXTURE(Runs, "a rule that is restored listens at the address that it had") {
    const std::string path = "/api/automations/" + rule(R"({"type":"webhook"})", request("1"));
    const std::string url = body_of(client.post(path + "/hook", "{}")).text("url");
    const auto sent = [&] {
        return server.anonymous().post(url.substr(url.find("/api/hooks/")), "{}").status;
    };
    CHECK(client.request("DELETE", path).status == 204);
    CHECK(sent() == 404);
    CHECK(client.post(path + "/restore", "").status == 200);
    CHECK(sent() == 202);
}

TEST_CASE_FIXTURE(Runs, "a webhook may bring any JSON, and a CloudEvent") {
    const std::string id = rule(R"({"type":"webhook"})", request(R"("{{payload}}")"));
    const Json hook = body_of(client.post("/api/automations/" + id + "/hook", "{}"));
    const std::string address = hook.text("url").substr(hook.text("url").find("/api/hooks/"));
    HttpClient stranger = server.anonymous();
    const auto send = [&](const std::string& body, const std::string& type) {
        return stranger.request("POST", address, body, {{"Content-Type", type}}).status;
    };
    CHECK(send("[1,2]", "application/json") == 202);
    CHECK(ended(id, 1) == Texts{"succeeded"});
    CHECK(sink.requests().back().body == R"({"value":[1,2]})");
    CHECK(send(R"({"specversion":"1.0"})", "application/cloudevents+json") == 202);
    CHECK(ended(id, 2) == Texts{"succeeded", "succeeded"});
    CHECK(sink.requests().back().body == R"({"specversion":"1.0"})");
    CHECK(send("[1,", "application/json") == 400);
    CHECK(send("{}", "text/plain") == 415);
}
