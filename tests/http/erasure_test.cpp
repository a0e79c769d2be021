#include "bus/ids.hpp"
#include "handlers/automation/analytics.hpp"
#include "handlers/automation/queues.hpp"
#include "handlers/notifications.hpp"
#include "tests/support/team.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace throughline;

namespace {

const std::vector<std::string> personal{"Lovelace",   "countess@",    "+4477001122", "Poetical",
                                        "secretnote", "Byron",        "callsubject", "messagebody",
                                        "oldmail@",   "outcomesecret"};

/// Which of the values a text holds.
std::string found_in(const std::string& text) {
    std::string found;
    for (const std::string& value : personal)
        if (text.find(value) != std::string::npos) found += value + " ";
    return found;
}

struct World {
    TestServer server;
    HttpClient client = server.new_tenant();
    std::string contact, lead, activity, message;

    World() {
        lead = create("leads", R"({"name":"Ada Lovelace","email":"oldmail@example.com",
                                   "company":"Engines","metadata":{"a":"secretnote"}})");
        const Json converted =
            body_of(client.post("/api/leads/" + lead + "/convert", R"({"deal":null})"));
        contact = converted.find("contact")->text("id");
        change("contacts/" + contact,
               R"({"email":"countess@example.com","phone":"+4477001122",
                   "job_position":"Poetical","metadata":{"b":"secretnote","c":"Byron"}})");
        change("contacts/" + contact, R"({"name":"A. Lovelace","status":"active"})");
        activity = create("activities", R"({"type":"call","subject":"callsubject","body":"Byron",
                                            "contact_id":")" +
                                            contact + "\"}");
        CHECK(
            client
                .post("/api/activities/" + activity + "/complete", R"({"outcome":"outcomesecret"})")
                .status == 200);
        message = create("messages", R"({"channel":"email","direction":"in","body":"messagebody",
                                         "from":"countess@example.com","contact_id":")" +
                                         contact + "\"}");
        CHECK(client.request("DELETE", "/api/messages/" + message).status == 204);
        (void)create("contacts", R"({"name":"Somebody Else","email":"else@example.com"})");
    }

    std::string create(const std::string& plural, const std::string& body) {
        const HttpReply reply = client.post("/api/" + plural, body);
        REQUIRE_MESSAGE(reply.status == 201, reply.body);
        return body_of(reply).text("id");
    }
    void change(const std::string& path, const std::string& body) {
        const HttpReply reply = client.request("PATCH", "/api/" + path, body);
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
    }

    /// Every row of every table that is not of PostgreSQL itself.
    std::string dump() {
        pqxx::connection connection(server.database().url());
        pqxx::nontransaction work(connection);
        std::string text;
        for (const pqxx::row& table :
             work.exec("select oid::regclass::text from pg_class where relkind in ('r', 'p') and "
                       "relnamespace = 'public'::regnamespace"))
            for (const pqxx::row& row :
                 work.exec("select t::text from " + table[0].as<std::string>() + " t"))
                text += row[0].as<std::string>() + "\n";
        return text;
    }
    /// Everything in the data folder but the database's own files.
    std::string files() {
        std::string text;
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(server.process().data_folder())) {
            if (!entry.is_regular_file()) continue;
            std::ifstream in(entry.path(), std::ios::binary);
            std::ostringstream content;
            content << in.rdbuf();
            text += content.str();
        }
        return text;
    }
    std::string answers() {
        const std::string head =
            std::to_string(*body_of(client.get("/api/events?limit=1")).integer("head"));
        const HttpHeaders seen{{"Throughline-Min-Position", head}};
        std::string text;
        for (const std::string& path :
             {std::string("contacts"), std::string("leads"), std::string("activities"),
              std::string("messages"), std::string("contacts/export?format=csv"),
              std::string("contacts?q=Lovelace"), "contacts/" + contact, "leads/" + lead,
              "contacts/" + contact + "/history", "timeline/contact/" + contact,
              std::string("audit-logs?limit=200"), std::string("events?limit=1000"),
              "contacts/" + contact + "/subject-export"}) {
            const HttpReply reply = client.get("/api/" + path, seen);
            CHECK_MESSAGE(reply.status == 200, path);
            text += reply.body;
        }
        return text;
    }
};

std::int64_t count_of(const Json& body, const std::string& place, const std::string& kind) {
    for (const Json& item : *body.find("places")->array())
        if (item.text("place") == place && item.text("kind") == kind)
            return item.integer("count").value_or(-1);
    return 0;
}

} // namespace

TEST_CASE_FIXTURE(World, "an erased person is found nowhere any more") {
    REQUIRE(found_in(dump()) != "");
    REQUIRE(found_in(answers()) != "");
    const std::string path = "/api/contacts/" + contact + "/erase";

    const HttpReply dry = client.post(path, R"({"dry_run":true})");
    REQUIRE_MESSAGE(dry.status == 200, dry.body);
    CHECK(count_of(body_of(dry), "events", "contact") == 3);
    CHECK(count_of(body_of(dry), "events", "lead") == 1);
    CHECK(count_of(body_of(dry), "events", "activity") == 2);
    CHECK(count_of(body_of(dry), "events", "message") == 2);
    CHECK(body_of(client.get("/api/contacts/" + contact)).text("name") == "A. Lovelace");

    const HttpReply erased = client.post(path, "{}");
    REQUIRE_MESSAGE(erased.status == 200, erased.body);
    CHECK(*body_of(erased).find("erased_events") == *body_of(dry).find("erased_events"));
    CHECK(*body_of(erased).find("places") == *body_of(dry).find("places"));
    const Json after = body_of(client.get("/api/contacts/" + contact));
    CHECK(after.text("name") == "[erased]");
    CHECK(after.text("status") == "active");
    CHECK(after.integer("version") == 5);
    CHECK(found_in(answers()) == "");
    CHECK(found_in(files()) == "");
    CHECK(found_in(server.process().output()) == "");
    const Json events = body_of(client.get("/api/events?types=contact.erased"));
    CHECK(events.find("items")->array()->size() == 1);
    CHECK(body_of(client.post(path, "{}")).integer("erased_events") == 0);
    CHECK(body_of(server.anonymous().get("/ready")).text("status") == "ready");
}

TEST_CASE_FIXTURE(World, "mails to an erased person are removed") {
    CHECK(
        client.post("/api/users/invitations", R"({"email":"countess@example.com","role":"viewer"})")
            .status == 201);
    REQUIRE(found_in(files()) != "");
    const HttpReply erased = client.post("/api/contacts/" + contact + "/erase", "{}");
    REQUIRE_MESSAGE(erased.status == 200, erased.body);
    CHECK(count_of(body_of(erased), "mails", "") == 1);
    CHECK(found_in(files()) == "");
}

TEST_CASE_FIXTURE(World, "what rules left in the house about an erased person is blanked") {
    Database app(server.database().url(), Role::app, 1);
    Database system(server.database().url(), Role::system, 1);
    Notifications notifications(app, system);
    Queues queues(app, system, nullptr, std::chrono::hours(1));
    Analytics analytics(app, system, nullptr);
    const Json me = body_of(client.get("/api/me"));
    const Uuid tenant = uuid_of(me.find("tenant")->text("id"));
    const Uuid user = uuid_of(me.find("user")->text("id"));
    const StreamKey about{"contact", uuid_of(contact)};
    notifications.add({new_id(), tenant, user, "automation", "Hello", "Lovelace called", about});
    notifications.add({new_id(), tenant, user, "automation", "To COUNTESS@example.com", "x", {}});
    notifications.add({new_id(), tenant, user, "automation", "Else", "nobody", {}});
    for (const Json& payload : {Json("Lovelace"), Json("kept")})
        REQUIRE(queues
                    .enqueue({new_id(), tenant, "q", payload,
                              payload == Json("kept") ? std::nullopt : std::optional(about)})
                    .has_value());
    analytics.track({new_id(), tenant, "met", JsonObject{{"who", "Lovelace"}}, new_id(), about});
    REQUIRE(found_in(dump()) != "");

    const std::string path = "/api/contacts/" + contact + "/erase";
    const Json dry = body_of(client.post(path, R"({"dry_run":true})"));
    const HttpReply reply = client.post(path, "{}");
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    CHECK(*body_of(reply).find("places") == *dry.find("places"));
    CHECK(count_of(body_of(reply), "notifications", "") == 2);
    CHECK(count_of(body_of(reply), "queues", "") == 1);
    CHECK(count_of(body_of(reply), "analytics", "") == 1);
    CHECK(found_in(answers()) == ""); // the lists have seen it
    CHECK(found_in(dump()) == "");
    CHECK(server.process().run({"verify"}).status == 0);
    CHECK(analytics.list(tenant, {}).size() == 1);
    const Json told = body_of(client.get("/api/notifications"));
    CHECK(told.find("items")->array()->front().text("message") == "nobody");
    CHECK(told.find("items")->array()->back().text("message") == "[erased]");
    const auto leased = queues.lease(tenant, "q", 10, std::chrono::seconds(9));
    REQUIRE(leased.size() == 1);
    CHECK(leased.front().payload == "\"kept\"");
    for (const char* place : {"notifications", "queues", "analytics"})
        CHECK(count_of(body_of(client.post(path, "{}")), place, "") == 0);

    pqxx::connection connection(server.database().url());
    pqxx::nontransaction(connection).exec("update notifications set message = 'Lovelace'");
    const auto verified = server.process().run({"verify"});
    CHECK(verified.status == 1);
    CHECK(verified.output.find("is about an erased record") != std::string::npos);
}

TEST_CASE_FIXTURE(World, "what started a rule and quotes an erased person's address is blanked") {
    const std::string rule = create("automations", R"({"name":"Form","trigger":{"type":"webhook"},
                           "actions":[{"type":"analytics.track","event":"came"}]})");
    const Json hook = body_of(client.post("/api/automations/" + rule + "/hook", "{}"));
    const std::string address = hook.text("url").substr(hook.text("url").find("/api/hooks/"));
    for (const char* body : {R"({"mail":"Countess@Example.com","name":"Lovelace"})",
                             R"({"mail":"else@example.com","name":"Else"})"})
        REQUIRE(server.anonymous().post(address, body).status == 202);
    const std::string path = "/api/contacts/" + contact + "/erase";
    const Json dry = body_of(client.post(path, R"({"dry_run":true})"));
    const HttpReply reply = client.post(path, "{}");
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    CHECK(*body_of(reply).find("places") == *dry.find("places"));
    CHECK(count_of(body_of(reply), "events", "automation_trigger") == 1);
    CHECK(found_in(answers()) == ""); // the lists have seen it
    CHECK(found_in(dump()) == "");
    CHECK(dump().find("else@example.com") != std::string::npos);
    const auto verified = server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
    CHECK(count_of(body_of(client.post(path, "{}")), "events", "automation_trigger") == 0);

    // Cut off before what was said to be blank was.
    pqxx::connection connection(server.database().url());
    pqxx::work work(connection);
    work.exec("set local throughline.erases = 'yes'");
    work.exec(R"(update events set data = '{"payload":{"mail":"countess@example.com"}}' where
        type = 'automation_trigger.created' and data ->> 'payload' is null)");
    work.exec(R"(update events set data = '{"before":{},"after":{"email":"countess@example.com"}}'
        where type = 'contact.updated')");
    work.commit();
    REQUIRE(client.post(path, "{}").status == 200);
    CHECK(found_in(dump()) == "");
}

TEST_CASE_FIXTURE(World,
                  "what backtests found and operators were told of an erased person is blanked") {
    const std::string rule = create("automations", R"({"name":"Greet","mode":"shadow",
               "trigger":{"type":"event","event":"contact.created"},
               "actions":[{"type":"analytics.track","event":"{{contact.name}}"}]})");
    const HttpReply ordered = client.post("/api/automations/" + rule + "/backtest",
                                          R"({"from":"2020-01-01","to":"2100-01-01"})");
    REQUIRE_MESSAGE(ordered.status == 202, ordered.body);
    const std::string job = "/api/automations/backtests/" + body_of(ordered).text("id");
    REQUIRE(wait_until([&] { return body_of(client.get(job)).text("status") == "completed"; }));
    REQUIRE(found_in(client.get(job).body) == "Lovelace ");
    pqxx::connection connection(server.database().url());
    pqxx::nontransaction(connection)
        .exec("insert into dead_letter_requests (consumer, position, tenant_id, kind, stream_id, "
              "action, reason, cause, requested_by, done_at, outcome) select 'audit', position, "
              "tenant_id, kind, stream_id, 'retry', '', 'odd: Lovelace', 'me', now(), 'applied 1 "
              "event, then event 9 failed: Byron' from events where type = 'contact.created' and "
              "stream_id = "
              "'" +
              contact + "'");
    pqxx::nontransaction(connection)
        .exec("insert into automation_backtests (id, tenant_id, rule_id, rule_version, from_time, "
              "to_time, status, due_at, progress, result) select gen_random_uuid(), tenant_id, "
              "rule_id, rule_version, from_time, to_time, 'running', now() + interval '1 hour', "
              "0.5, result from automation_backtests");

    const std::string path = "/api/contacts/" + contact + "/erase";
    const Json dry = body_of(client.post(path, R"({"dry_run":true})"));
    const HttpReply reply = client.post(path, "{}");
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    CHECK(count_of(dry, "backtests", "") == 2);
    CHECK(count_of(body_of(reply), "backtests", "") == 1); // the other begins again
    CHECK(count_of(body_of(reply), "faults", "") == 1);
    CHECK(found_in(answers()) == ""); // the lists have seen it
    CHECK(found_in(dump()) == "");
    CHECK(dump().find("applied 1 event, then event 9 failed: [erased]") != std::string::npos);
    CHECK(pqxx::nontransaction(connection)
              .exec1("select count(*) from automation_backtests where status = 'queued' and "
                     "progress = 0 and due_at > now()")[0]
              .as<int>() == 1);
    CHECK(server.process().run({"verify"}).status == 0);
    const auto scrubbed = server.process().run({"scrub"});
    for (const char* table : {"automation_runs", "automation_backtests", "dead_letter_requests"})
        CHECK(scrubbed.output.find(std::string(table) + " is written anew") != std::string::npos);

    pqxx::nontransaction(connection)
        .exec("update automation_backtests set result = json_build_object('fires', "
              "json_build_array(json_build_object('subject', 'contact/' || '" +
              contact + "'))), due_at = now() - interval '1 hour' where status = 'completed'");
    const auto verified = server.process().run({"verify"});
    CHECK(verified.status == 1);
    CHECK(verified.output.find("automation_backtests") != std::string::npos);

    pqxx::nontransaction(connection)
        .exec("insert into automation_runs (id, tenant_id, rule_id, rule_version, event_id,"
              " position, is_shadow, status, due_at) select gen_random_uuid(), tenant_id,"
              " gen_random_uuid(), 1, event_id, position, false, 'running',"
              " now() + interval '1 hour' from events limit 1");
    const auto beside = server.process().run({"scrub"});
    CHECK(beside.status == 1);
    CHECK(beside.output.find("automation_runs is left") != std::string::npos);
    CHECK(beside.output.find("streams is written anew") != std::string::npos);
}

TEST_CASE_FIXTURE(World, "every table is clean after an erasure, a rebuild and a restart too") {
    const HttpReply erased = client.post("/api/leads/" + lead + "/erase", "{}");
    REQUIRE_MESSAGE(erased.status == 200, erased.body);
    CHECK(found_in(answers()) == ""); // the lists have seen it
    CHECK(found_in(dump()) == "");
    // What is deleted is erased, too, and comes back so.
    CHECK(client.request("POST", "/api/messages/" + message + "/restore").status == 200);
    CHECK(found_in(answers()) == "");
    CHECK(body_of(client.get("/api/messages/" + message)).text("body") == "[erased]");
    const auto verified = server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
    const auto rebuilt = server.process().run({"rebuild", "all"});
    CHECK_MESSAGE(rebuilt.status == 0, rebuilt.output);
    CHECK(found_in(dump()) == "");
    const auto scrubbed = server.process().run({"scrub"});
    CHECK_MESSAGE(scrubbed.status == 0, scrubbed.output);
    CHECK(scrubbed.output.find("streams is written anew") != std::string::npos);
    CHECK(server.process().terminate() == 0);
    server.process().start();
    CHECK(found_in(answers()) == "");
    CHECK(body_of(client.get("/api/contacts?q=Somebody")).find("items")->array()->size() == 1);
}

TEST_CASE_FIXTURE(World, "verify tells of an event that kept what was erased") {
    REQUIRE(client.post("/api/contacts/" + contact + "/erase", "{}").status == 200);
    pqxx::connection connection(server.database().url());
    pqxx::work work(connection);
    work.exec("set local throughline.erases = 'yes'");
    work.exec("update events set data = '{\"name\":\"Byron\"}' where type = 'contact.created' and "
              "data ->> 'name' = '[erased]'");
    work.commit();
    const auto verified = server.process().run({"verify"});
    CHECK(verified.status == 1);
    CHECK(verified.output.find("is erased, and its event at position") != std::string::npos);
}

TEST_CASE_FIXTURE(World,
                  "the log takes no other change, and none of an erasure without its event") {
    pqxx::connection connection(server.database().url());
    {
        pqxx::work work(connection);
        CHECK_THROWS(work.exec("update events set data = '{}'"));
    }
    {
        pqxx::work work(connection);
        work.exec("set local throughline.erases = 'yes'");
        CHECK_THROWS(work.exec("update events set type = 'contact.odd'"));
    }
    pqxx::work work(connection);
    CHECK(work.exec_params1("select erase_events(tenant_id, kind, array[stream_id], "
                            "'{\"name\":null}') from events where stream_id = $1 limit 1",
                            contact)[0]
              .as<std::int64_t>() == 0);
}

TEST_CASE_FIXTURE(World, "all that is known of a person can be taken out") {
    const HttpReply file = client.get("/api/contacts/" + contact + "/subject-export");
    REQUIRE_MESSAGE(file.status == 200, file.body);
    const Json body = body_of(file);
    std::string kinds;
    for (const Json& record : *body.find("records")->array()) kinds += record.text("kind") + " ";
    CHECK(kinds == "contact lead activity message ");
    CHECK(body.find("events")->array()->size() >= 9);
    CHECK(file.body.find("oldmail@") != std::string::npos);
    CHECK(file.body.find("else@") == std::string::npos);
    const Json& record = *body.find("records")->array()->front().find("record");
    CHECK(to_text(record) == client.get("/api/contacts/" + contact).body);
}

TEST_CASE("only an admin erases, and only who is there") {
    TestServer server{Team::environment()};
    Team team(server);
    const std::string id = team.create("member", "contacts", {{"name", "Ada"}});
    const std::string path = "/api/contacts/" + id + "/erase";
    CHECK(team.as("manager").post(path, "{}").status == 403);
    CHECK(team.as("manager").get("/api/contacts/" + id + "/subject-export").status == 403);
    CHECK(first_error(team.as("admin").post(path, R"({"dry":true})")) == "unknown_field /dry");
    CHECK(team.as("admin")
              .post("/api/contacts/01890a5d-ac96-774b-bcce-b302099a8057/erase", "{}")
              .status == 404);
    CHECK(team.as("admin").post(path, "{}").status == 200);
    CHECK(body_of(team.as("viewer").get("/api/contacts/" + id)).text("name") == "[erased]");
}
