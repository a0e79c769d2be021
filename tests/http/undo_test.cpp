#include "bus/lease.hpp"
#include "tests/support/team.hpp"

#include <doctest/doctest.h>

#include <tuple>

namespace throughline {
namespace {

/// A tenant with a contact that was changed.
struct Changed {
    TestServer server{Team::environment()};
    Team team{server};
    HttpClient& client = team.as("owner");
    std::string id = team.create("owner", "contacts",
                                 {{"name", "Ada"}, {"metadata", JsonObject{{"tier", "gold"}}}});
    std::string path = "/api/contacts/" + id;
    HttpReply change = patch({{"phone", "1"}, {"metadata", JsonObject{{"tier", "silver"}}}});
    std::int64_t position = position_of(change);

    HttpReply patch(JsonObject fields) {
        HttpReply reply = client.request("PATCH", path, to_text(std::move(fields)));
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        return reply;
    }
    static std::int64_t position_of(const HttpReply& reply) {
        return std::stoll(reply.header("Throughline-Position").value());
    }
    HttpReply undo(JsonObject body, const HttpHeaders& headers = {}) {
        return client.post("/api/undo", to_text(std::move(body)), headers);
    }
    Json read() { return body_of(client.get(path)); }
    Json event_at(std::int64_t at) {
        const Json page = body_of(client.get("/api/events?from=" + std::to_string(at - 1)));
        return page.find("items")->array()->front();
    }
};

} // namespace

TEST_CASE_FIXTURE(Changed, "a change is shown first, then taken back, and that again") {
    const Json before = read();
    const HttpReply dry = undo({{"position", position}, {"dry_run", true}});
    REQUIRE_MESSAGE(dry.status == 200, dry.body);
    CHECK(body_of(dry) ==
          Json(JsonObject{
              {"correlation_id", nullptr},
              {"changes", JsonArray{JsonObject{
                              {"kind", "contact"},
                              {"id", id},
                              {"before", JsonObject{{"phone", "1"},
                                                    {"metadata", JsonObject{{"tier", "silver"}}}}},
                              {"after", JsonObject{{"phone", nullptr},
                                                   {"metadata", JsonObject{{"tier", "gold"}}}}}}}},
              {"conflicts", JsonArray{}},
              {"applied", 0},
              {"truncated", false}}));
    CHECK(read() == before);

    (void)patch({{"metadata", JsonObject{{"other", 1}}}});
    const HttpReply done = undo({{"position", position}});
    REQUIRE_MESSAGE(done.status == 200, done.body);
    CHECK(body_of(done).integer("applied") == 1);
    CHECK(read().find("phone")->is_null());
    CHECK(*read().find("metadata") == parse_json(R"({"tier": "gold", "other": 1})"));

    const Json event = event_at(position_of(done));
    CHECK(event.text("type") == "contact.updated");
    CHECK(event.text("correlationid") == body_of(done).text("correlation_id"));
    CHECK(event.text("causationid") == event_at(position).text("id"));
    CHECK(event.text("actorid") == to_string(team.id_of("owner")));
    const Json why = body_of(client.get("/api/events/" + event.text("id") + "/why"));
    REQUIRE(why.find("causes")->array()->size() == 1);
    CHECK(why.find("causes")->array()->front().text("id") == event_at(position).text("id"));

    const HttpReply redone = undo({{"correlation_id", body_of(done).text("correlation_id")}});
    REQUIRE_MESSAGE(redone.status == 200, redone.body);
    CHECK(read().text("phone") == "1");
    CHECK(*read().find("metadata") == parse_json(R"({"tier": "silver", "other": 1})"));
}

TEST_CASE_FIXTURE(Changed,
                  "a later change is in conflict: refused with all that there is to know") {
    const std::int64_t later = position_of(patch({{"phone", "2"}}));
    const Json before = read();
    const HttpReply refused = undo({{"position", position}});
    REQUIRE(refused.status == 409);
    CHECK(refused.header("Content-Type") == "application/problem+json");
    CHECK(*body_of(refused).find("conflicts") == Json(JsonArray{JsonObject{{"kind", "contact"},
                                                                           {"id", id},
                                                                           {"field", "phone"},
                                                                           {"expected", "1"},
                                                                           {"actual", "2"},
                                                                           {"position", later}}}));
    CHECK(body_of(refused).find("changes")->array()->size() == 1);
    CHECK(read() == before);
    CHECK(undo({{"position", position}, {"dry_run", true}}).status == 200);

    const HttpReply skipped = undo({{"position", position}, {"on_conflict", "skip"}});
    REQUIRE(skipped.status == 200);
    CHECK(body_of(skipped).find("conflicts")->array()->size() == 1);
    CHECK(read().text("phone") == "2");
    CHECK(read().find("metadata")->text("tier") == "gold");
}

TEST_CASE_FIXTURE(Changed, "an import under way is not taken back, by which of its names ever") {
    Lease held(server.database().url(), "import/" + to_string(team.tenant()) + "/contact");
    REQUIRE(held.acquire()); // it does not begin
    const HttpReply queued =
        client.post("/api/contacts/import", "name\nBo\n", {{"Content-Type", "text/csv"}});
    REQUIRE_MESSAGE(queued.status == 202, queued.body);
    for (const char* const name : {"import_id", "correlation_id"}) {
        const HttpReply refused = undo({{name, body_of(queued).text("id")}});
        CHECK(refused.status == 409);
        CHECK(body_of(refused).text("detail") == "The import is still running.");
    }
}

TEST_CASE_FIXTURE(Changed, "an import is taken back with all that it made and changed") {
    const std::string file = "name,email,phone,organization\n"
                             "Bo,bo@example.com,,Globex\nCy,cy@example.com,,Globex\n";
    const auto import = [&](const std::string& text, const std::string& query) {
        const HttpReply reply = client.post("/api/contacts/import?" + query, text,
                                            {{"Content-Type", "text/csv"}, {"Prefer", "wait=30"}});
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        return body_of(reply);
    };
    const auto count = [&](const std::string& plural, const HttpReply& after) {
        const Json page = body_of(client.get(
            "/api/" + plural + "?count=true",
            {{"Throughline-Min-Position", after.header("Throughline-Position").value()}}));
        return page.find("pagination")->integer("total").value();
    };
    const Json first = import(file, "on_duplicate=skip");
    REQUIRE(first.integer("created") == 2);
    const Json second = import("name,email,phone\nBo,bo@example.com,123\n", "on_duplicate=update");
    REQUIRE(second.integer("updated") == 1);

    CHECK(undo({{"import_id", first.text("id")}}).status == 409); // the second changed one since
    HttpReply done = undo({{"import_id", second.text("id")}});
    REQUIRE_MESSAGE(done.status == 200, done.body);
    CHECK(body_of(done).integer("applied") == 1);
    done = undo({{"import_id", first.text("id")}});
    REQUIRE_MESSAGE(done.status == 200, done.body);
    CHECK(body_of(done).integer("applied") == 3); // the organization, too
    CHECK(count("contacts", done) == 1);
    CHECK(count("organizations", done) == 0);
    done = undo({{"correlation_id", body_of(done).text("correlation_id")}});
    CHECK(body_of(done).integer("applied") == 3);
    CHECK(count("contacts", done) == 3);
}

TEST_CASE_FIXTURE(Changed, "a lead's conversion is taken back in one piece, and done again") {
    const std::string lead =
        team.create("owner", "leads", {{"name", "Lea"}, {"company", "Initech"}});
    const Json before = body_of(client.get("/api/leads/" + lead));
    const HttpReply converted = client.post("/api/leads/" + lead + "/convert", "{}");
    REQUIRE_MESSAGE(converted.status == 200, converted.body);
    const Json made = body_of(converted);
    const auto status = [&](const std::string& kind, const std::string& plural) {
        return client.get("/api/" + plural + "/" + made.find(kind)->text("id")).status;
    };
    HttpReply done =
        undo({{"correlation_id", event_at(position_of(converted)).text("correlationid")}});
    REQUIRE_MESSAGE(done.status == 200, done.body);
    CHECK(body_of(done).integer("applied") == 4);
    for (const char* const field : {"status", "contact_id", "organization_id", "deal_id"})
        CHECK(*body_of(client.get("/api/leads/" + lead)).find(field) == *before.find(field));
    CHECK(status("contact", "contacts") == 404);
    CHECK(status("organization", "organizations") == 404);
    CHECK(status("deal", "deals") == 404);
    done = undo({{"correlation_id", body_of(done).text("correlation_id")}});
    CHECK(body_of(done).integer("applied") == 4);
    CHECK(body_of(client.get("/api/leads/" + lead)).text("status") == "converted");
    CHECK(status("deal", "deals") == 200);
}

TEST_CASE_FIXTURE(Changed, "an Idempotency-Key replays what was answered") {
    const HttpHeaders key{{"Idempotency-Key", "once"}};
    const HttpReply done = undo({{"position", position}}, key);
    REQUIRE(done.status == 200);
    (void)patch({{"phone", "3"}});
    const HttpReply again = undo({{"position", position}}, key);
    CHECK(again.status == 200);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(again.header("Throughline-Position") == done.header("Throughline-Position"));
    CHECK(again.body == done.body);
    CHECK(read().text("phone") == "3");
    CHECK(undo({{"position", position - 1}}, key).status == 422);
}

TEST_CASE_FIXTURE(Changed, "an undo under a key that was used a day ago is another one") {
    const HttpHeaders key{{"Idempotency-Key", "again"}};
    const HttpReply first = undo({{"position", position}}, key);
    REQUIRE(first.status == 200);
    server.age_keys(25);
    (void)patch({{"phone", "1"}, {"metadata", JsonObject{{"tier", "silver"}}}});
    const HttpReply second = undo({{"position", position}}, key);
    REQUIRE_MESSAGE(second.status == 200, second.body);
    CHECK_FALSE(second.header("Idempotency-Replayed"));
    CHECK(read().find("phone")->is_null());
    const std::string correlation = body_of(second).text("correlation_id");
    CHECK(correlation != body_of(first).text("correlation_id"));
    CHECK(event_at(position_of(second)).text("correlationid") == correlation);
    CHECK(undo({{"position", position}}, key).body == second.body);
    CHECK(body_of(undo({{"correlation_id", correlation}})).integer("applied") == 1);
    CHECK(read().text("phone") == "1");
}

TEST_CASE_FIXTURE(Changed, "what is no request to undo is refused, and nothing is changed") {
    const Json before = read();
    const std::string unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
    for (const auto& [body, error] : std::vector<std::pair<std::string, std::string>>{
             {"{}", "required /position"},
             {R"({"position": 0})", "invalid_format /position"},
             {R"({"position": 1.5})", "invalid_format /position"},
             {R"({"position": "1"})", "invalid_type /position"},
             {R"({"position": null})", "invalid_type /position"},
             {R"({"correlation_id": "x"})", "invalid_format /correlation_id"},
             {R"({"import_id": 1})", "invalid_type /import_id"},
             {R"({"position": 1, "dry_run": "yes"})", "invalid_type /dry_run"},
             {R"({"position": 1, "on_conflict": "overwrite"})", "invalid_choice /on_conflict"},
             {R"({"position": 1, "whatever": 1})", "unknown_field /whatever"},
             {R"({"position": 1, "import_id": ")" + unknown + "\"}", "invalid_format "}}) {
        CAPTURE(body);
        const HttpReply reply = client.post("/api/undo", body);
        CHECK(reply.status == 422);
        CHECK(first_error(reply) == error);
    }
    CHECK(undo({{"position", position + 1000}}).status == 404);
    CHECK(undo({{"correlation_id", unknown}}).status == 404);
    CHECK(undo({{"import_id", unknown}}).status == 404);
    CHECK(client.get("/api/undo").status == 405);
    CHECK(read() == before);
}

TEST_CASE_FIXTURE(Changed, "what is no record is not undone, which is said to who may see it") {
    const auto written = [&](const std::string& method, const std::string& at,
                             const std::string& body) {
        const HttpReply reply = client.request(method, at, body);
        REQUIRE_MESSAGE(reply.status / 100 == 2, reply.body);
        return position_of(reply);
    };
    const auto asked = [&](const std::string& role, std::int64_t at) {
        return team.as(role).post("/api/undo", to_text(JsonObject{{"position", at}}));
    };
    const auto settings = written("PATCH", "/api/tenant", R"({"currency":"CHF"})");
    const auto field = written("POST", "/api/fields/contact", R"({"key":"tier","type":"text"})");
    const auto view = written("POST", "/api/views", R"({"kind":"deal","name":"All"})");
    const auto rule = written("POST", "/api/automations",
                              R"({"name":"Welcome","trigger":{"type":"manual"},"actions":[
                                  {"type":"notification.send","recipient":"a@example.com",
                                   "message":"Hello"}]})");
    for (const auto& [at, kind, others, none] :
         std::vector<std::tuple<std::int64_t, std::string, std::string, std::string>>{
             {settings, "tenant", "member", ""},
             {field, "custom_fields", "member", ""},
             {view, "view", "admin", "manager"},
             {rule, "automation", "manager", "member"}}) {
        CAPTURE(kind);
        for (const std::string& role : {std::string("owner"), others}) {
            const HttpReply refused = asked(role, at);
            CHECK(refused.status == 422);
            CHECK(first_error(refused) == "invalid_choice /position");
            CHECK(refused.body.find("one of kind " + kind + ".") != std::string::npos);
        }
        if (!none.empty()) CHECK(asked(none, at).status == 404);
    }
    CHECK(asked("owner", rule).body.find("A version of a rule is restored") != std::string::npos);
    CHECK(body_of(client.get("/api/tenant")).text("currency") == "CHF");
}

TEST_CASE_FIXTURE(Changed,
                  "members undo their own, managers everybody's, and nobody what is hidden") {
    const auto as = [&](const std::string& role, std::int64_t at) {
        return team.as(role)
            .post("/api/undo", to_text(JsonObject{{"position", at}, {"dry_run", true}}))
            .status;
    };
    CHECK(as("viewer", position) == 403);
    CHECK(as("member", position) == 403);
    CHECK(as("manager", position) == 200);
    const std::string own = team.create("member", "contacts", {{"name", "Mine"}});
    const HttpReply renamed =
        team.as("member").request("PATCH", "/api/contacts/" + own, R"({"name":"My own"})");
    CHECK(as("member", position_of(renamed)) == 200);
    CHECK(as("sales", position_of(renamed)) == 403);
    team.hide_others();
    CHECK(as("sales", position_of(renamed)) == 404);
    CHECK(as("member", position_of(renamed)) == 200);
}

} // namespace throughline
