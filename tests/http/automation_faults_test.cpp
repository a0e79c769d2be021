#include "tests/support/rule_runs.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <future>

using namespace throughline;

namespace {

using Texts = Runs::Texts;

struct FaultyRuns : Runs {
    /// As the superuser, past all triggers.
    void sql(const std::string& statements) {
        pqxx::connection connection(server.database().url());
        pqxx::nontransaction transaction(connection);
        transaction.exec0("set session_replication_role = replica");
        transaction.exec(statements);
    }
    /// Whether the timeline of a contact comes to tell of a run that succeeded.
    bool is_told(const std::string& contact) {
        return wait_until([&] {
            const auto told = items("/api/timeline/contact/" + contact + "?types=automation");
            return told.size() == 1 && told[0].text("summary") == "Rule R: succeeded";
        });
    }
    int logged(const std::string& text) {
        const std::string output = server.process().output();
        int count = 0;
        for (auto at = output.find(text); at != std::string::npos; at = output.find(text, at + 1))
            ++count;
        return count;
    }
};

/// A sink that answers once it is told to.
struct Gate {
    std::promise<void> opened;
    HttpSink sink{[open = opened.get_future().share()](const SunkRequest&) {
        open.wait_for(std::chrono::seconds(20));
        return http_answer(200);
    }};
    [[nodiscard]] std::string request() const {
        return R"({"type":"http.request","method":"POST","url":")" + sink.url() + "\"}";
    }
};

} // namespace

TEST_CASE_FIXTURE(FaultyRuns, "runs that cannot be told of hold up no other's telling") {
    const std::string lost = rule(R"({"type":"manual"})", request());
    const std::string good = on("contact.created", request());
    CHECK(is_told(contact()));
    sql("update events set data = '[]' where kind = 'automation' and stream_id = '" + lost + "'");
    sql("insert into automation_runs (id, tenant_id, rule_id, rule_version, event_id, position,"
        " is_shadow, status, due_at) select lpad(n::text, 32, '0')::uuid, tenant_id, '" +
        lost + "', 99, gen_random_uuid(), position, false, 'succeeded', now()" +
        " from automation_runs cross join generate_series(1, 250) as n");
    CHECK(is_told(contact()));
    CHECK(ended(good, 2) == Texts{"succeeded", "succeeded"});
    CHECK(counted("succeeded", 2));
    CHECK(logged("cannot be told of") <= 2); // once for each that was taken together
}

TEST_CASE_FIXTURE(FaultyRuns, "a run whose end cannot be saved holds up no other's") {
    const std::string refused = on("contact.created", request());
    sql("create function refuse_end() returns trigger language plpgsql as $$"
        " begin raise exception 'no'; end $$;"
        " create trigger refuse_end before update on automation_runs for each row"
        " when (new.rule_id = '" +
        refused + "' and new.status = 'succeeded') execute function refuse_end()");
    contact();
    CHECK(wait_until([&] { return sink.count() == 1; }));
    const std::string good = on("contact.created", request());
    contact();
    CHECK(ended(good, 1) == Texts{"succeeded"});
    sql("drop trigger refuse_end on automation_runs");
    CHECK(ended(refused, 2) == Texts{"succeeded", "succeeded"});
}

TEST_CASE_FIXTURE(FaultyRuns, "a run that is cancelled while it is at work is counted once") {
    Gate gate;
    const std::string id = on("contact.created", "[" + gate.request() + "]");
    contact();
    CHECK(wait_until([&] { return gate.sink.count() == 1; }));
    const std::string run = "/api/automations/runs/" + runs(id)[0].text("id");
    CHECK(client.request("POST", run + "/cancel").status == 200);
    gate.opened.set_value();
    CHECK(wait_until([&] { // what it did is told all the same
        const Json done = body_of(client.get(run));
        const JsonArray& actions = *done.find("actions")->array();
        return actions.size() == 1 && actions[0].text("status") == "succeeded";
    }));
    contact();
    CHECK(ended(id, 2) == Texts{"succeeded", "cancelled"});
    const std::string twice = "automation_run_duration_seconds_count{tenant_id=";
    CHECK(wait_until([&] {
        const std::string metrics = client.get("/metrics").body;
        const auto line = metrics.find(twice);
        return line != std::string::npos &&
               metrics.substr(line, metrics.find('\n', line) - line).ends_with(" 2");
    }));
    CHECK(counted("succeeded", 1));
    CHECK(counted("cancelled", 1));
}

TEST_CASE_FIXTURE(FaultyRuns, "a run that is cancelled at work keeps nothing of who is erased") {
    Gate gate;
    const std::string id = on("contact.created", "[" + gate.request() + "]");
    const std::string someone = contact();
    CHECK(wait_until([&] { return gate.sink.count() == 1; }));
    const std::string run = "/api/automations/runs/" + runs(id)[0].text("id");
    CHECK(client.request("POST", run + "/cancel").status == 200);
    const HttpReply erased = client.post("/api/contacts/" + someone + "/erase", "{}");
    REQUIRE_MESSAGE(erased.status == 200, erased.body);
    gate.opened.set_value();
    CHECK(wait_until([&] { // the worker is done with it, and hands ends in by turns
        return client.get("/metrics").body.find("automation_run_duration_seconds_count") !=
               std::string::npos;
    }));
    contact();
    CHECK(ended(id, 2) == Texts{"succeeded", "cancelled"});
    CHECK(body_of(client.get(run)).find("actions")->array()->empty());
}

TEST_CASE_FIXTURE(FaultyRuns, "a run that may not come to wait is counted as cancelled") {
    Gate gate;
    const std::string id = on("contact.created", "[" + gate.request() +
                                                     R"(,{"type":"http.request","method":"POST",)"
                                                     R"("url":"http://127.0.0.1:1/"}])");
    contact();
    CHECK(wait_until([&] { return gate.sink.count() == 1; }));
    CHECK(client.request("POST", "/api/automations/" + id + "/disable").status == 200);
    CHECK(wait_until([&] { return runs(id)[0].text("reason") == "The rule was disabled."; }));
    gate.opened.set_value();
    CHECK(ended(id, 1) == Texts{"cancelled"});
    CHECK(counted("cancelled", 1));
}

TEST_CASE_FIXTURE(FaultyRuns, "how runs end is counted from nothing, so that the first one shows") {
    const std::string id = on("contact.created", request());
    for (const char* const end : {"succeeded", "failed", "cancelled", "dead"})
        CHECK(counted(end, 0));
    contact();
    CHECK(ended(id, 1) == Texts{"succeeded"});
    CHECK(counted("succeeded", 1));
    CHECK(counted("dead", 0));
    CHECK(client.get("/metrics").body.find("status=\"succeeded\"} 0\n") == std::string::npos);
}
