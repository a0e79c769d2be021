#include "tests/support/team.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

/// The types of a record's events and the last one's data.
std::string types_of(HttpClient& client, const std::string& kind, const std::string& id) {
    std::string types;
    const Json page = body_of(client.get("/api/events?kind=" + kind + "&id=" + id));
    for (const Json& event : *page.find("items")->array())
        types += (types.empty() ? "" : " ") + event.text("type");
    return types;
}

Json last_data(HttpClient& client, const std::string& kind, const std::string& id) {
    const Json page = body_of(client.get("/api/events?kind=" + kind + "&id=" + id));
    return *page.find("items")->array()->back().find("data");
}

} // namespace

TEST_CASE("a deal keeps the digits of its value and moves through its stages to won and back") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const Json deal = create_record(client, "/api/deals",
                                    R"({"name":"Engine","value":"1200.10","currency":"EUR",
                                  "organization":"Acme","expected_close_date":"2026-12-24"})");
    CHECK(to_text(*deal.find("value")) == "1200.10");
    CHECK(deal.text("stage") == "new");
    CHECK(deal.text("organization") == "Acme");
    CHECK(deal.text("owner") == "Olive Owner");
    const std::string id = deal.text("id");
    const std::string path = "/api/deals/" + id;
    CHECK(body_of(client.get("/api/opportunities/" + id)) == body_of(client.get(path)));
    CHECK(body_of(client.post(path + "/stage", R"({"stage":"Proposal"})")).text("stage") ==
          "proposal");
    CHECK(client.post(path + "/stage", R"({"stage":"nowhere"})").status == 422);
    CHECK(first_error(client.post(path + "/stage", "{}")) == "required /stage");
    const HttpReply won = client.post(path + "/win", R"({"value":1.5e3})");
    REQUIRE_MESSAGE(won.status == 200, won.body);
    CHECK(body_of(won).text("stage") == "won");
    CHECK(to_text(*body_of(won).find("value")) == "1500");
    CHECK(
        to_text(last_data(client, "deal", id)) ==
        R"({"before":{"stage":"proposal"},"after":{"stage":"won"},"value":1500,"currency":"EUR"})");
    CHECK(client.post(path + "/lose", R"({"reason":"price"})").status == 409);
    const HttpReply reopened = client.request("POST", path + "/reopen");
    CHECK(body_of(reopened).text("stage") == "proposal");
    CHECK(client.request("POST", path + "/reopen").status == 409);
    const HttpReply lost =
        client.post("/api/opportunities/" + id + "/lose", R"({"reason":"price"})");
    CHECK(body_of(lost).text("lost_reason") == "price");
    CHECK(last_data(client, "deal", id).text("reason") == "price");
    CHECK(client.request("POST", path + "/win").status == 409);
    CHECK(body_of(client.request("POST", path + "/reopen")).find("lost_reason")->is_null());
    CHECK(types_of(client, "deal", id) ==
          "deal.created deal.stage_changed deal.updated deal.won deal.stage_changed deal.updated "
          "deal.lost deal.updated deal.stage_changed");
}

TEST_CASE("a move of a deal that is sent again under its key is told again") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const Json deal = create_record(client, "/api/deals", R"({"name":"Once"})");
    const std::string path = "/api/deals/" + deal.text("id");
    const HttpHeaders keyed{{"Idempotency-Key", "k"}, {"If-Match", "\"1\""}};
    const auto move = [&] {
        return client.post(path + "/stage", R"({"stage":"proposal"})", keyed);
    };
    const HttpReply first = move();
    REQUIRE_MESSAGE(first.status == 200, first.body);
    CHECK(move().body == first.body);
    REQUIRE(client.request("DELETE", path).status == 204);
    const HttpReply again = move();
    CHECK(again.status == 200);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(client.post(path + "/stage", R"({"stage":"proposal"})").status == 404);
}

TEST_CASE("amounts and dates are checked") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const auto fault = [&](const std::string& body) {
        return first_error(client.post("/api/deals", body));
    };
    CHECK(fault(R"({"name":"x","value":"12,5"})") == "invalid_format /value");
    CHECK(fault(R"({"name":"x","value":-1})") == "invalid_format /value");
    CHECK(fault(R"({"name":"x","value":1.23456})") == "invalid_format /value");
    CHECK(fault(R"({"name":"x","value":true})") == "invalid_type /value");
    CHECK(fault(R"({"name":"x","currency":"XYZW"})") == "invalid_format /currency");
    CHECK(fault(R"({"name":"x","expected_close_date":"24.12.2026"})") ==
          "invalid_format /expected_close_date");
}

TEST_CASE("a number that comes back in another form changes nothing") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const Json deal = create_record(client, "/api/deals",
                                    R"({"name":"x","value":10.50,"metadata":{"score":1200.10}})");
    const HttpReply same =
        client.request("PUT", "/api/deals/" + deal.text("id"),
                       R"({"name":"x","value":10.5,"metadata":{"score":1200.1}})");
    CHECK(same.header("ETag") == "\"1\"");
    CHECK(to_text(*body_of(same).find("value")) == "10.50");
    CHECK(client.request("PUT", "/api/deals/" + deal.text("id"), R"({"value":10.05})")
              .header("ETag") == "\"2\"");
}

TEST_CASE("deals are filtered and sorted by amount and date") {
    TestServer server;
    HttpClient client = server.new_tenant();
    create_record(client, "/api/deals",
                  R"({"name":"b","value":9,"expected_close_date":"2026-02-01"})");
    create_record(client, "/api/deals", R"({"name":"a","value":"10.5"})");
    const HttpReply last =
        client.post("/api/deals", R"({"name":"c","value":100,"expected_close_date":"2026-01-31"})");
    const auto names = [&](const std::string& query) {
        std::string all;
        const Json page = body_of(
            client.get("/api/deals?" + query,
                       {{"Throughline-Min-Position", *last.header("Throughline-Position")}}));
        for (const Json& item : *page.find("items")->array()) all += item.text("name");
        return all;
    };
    CHECK(names("sort=value") == "bac");
    CHECK(names("sort=-expected_close_date") == "bca");
    CHECK(names("filter[value][gte]=10&sort=-value") == "ca");
    CHECK(names("filter[expected_close_date][lt]=2026-02-01") == "c");
    CHECK(names("filter[stage]=New&sort=name") == "abc");
    CHECK(client.get("/api/deals?filter[value]=ten").status == 422);
}

TEST_CASE("a lead becomes a contact, its organization and a deal, in one commit") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const Json lead = create_record(client, "/api/leads",
                                    R"({"name":"Grace Hopper","email":"grace@example.com",
                                  "company":"Navy","metadata":{"tier":"gold"}})");
    const std::string path = "/api/leads/" + lead.text("id");
    CHECK(client.request("PATCH", path, R"({"status":"converted"})").status == 422);
    CHECK(first_error(client.post(path + "/convert", R"({"deal":{"value":-1}})")) ==
          "invalid_format /deal/value");
    const HttpReply reply =
        client.post(path + "/convert", R"({"deal":{"name":"Compiler","value":50}})");
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    const Json made = body_of(reply);
    const Json& contact = *made.find("contact");
    CHECK(contact.text("email") == "grace@example.com");
    CHECK(contact.text("organization") == "Navy");
    CHECK(contact.find("metadata")->text("tier") == "gold");
    CHECK(made.find("organization")->text("name") == "Navy");
    CHECK(made.find("deal")->text("contact_id") == contact.text("id"));
    CHECK(made.find("deal")->text("organization") == "Navy");
    CHECK(made.find("lead")->text("status") == "converted");
    CHECK(made.find("lead")->text("deal") == "Compiler");
    CHECK(client.request("POST", path + "/convert").status == 409);
    const Json changed = last_data(client, "lead", lead.text("id"));
    CHECK(changed.text("contact_id") == contact.text("id"));
    const Json events = body_of(client.get("/api/events?types=lead.converted,contact.created,"
                                           "deal.created,organization.created"));
    for (const Json& event : *events.find("items")->array())
        CHECK(event.text("correlationid") ==
              events.find("items")->array()->front().text("correlationid"));
    const Json timeline =
        body_of(client.get("/api/timeline/contact/" + contact.text("id"),
                           {{"Throughline-Min-Position", *reply.header("Throughline-Position")}}));
    CHECK(timeline.find("pagination")->integer("total") >= 3); // created, deal, lead
}

TEST_CASE("a conversion links who stands for a merged contact, and makes one for a deleted one") {
    TestServer server{Team::environment()};
    Team team(server);
    const auto owner = [&]() -> HttpClient& { return team.as("owner"); };
    const auto contact_of = [&](const HttpReply& reply) {
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        return body_of(reply).find("contact")->text("id");
    };
    const std::string ada = team.create("owner", "contacts", {{"name", "Ada"}});
    const std::string twin = team.create("owner", "contacts", {{"name", "Twin"}});
    REQUIRE(
        owner()
            .post("/api/contacts/merge", R"({"into":")" + ada + R"(","from":[")" + twin + "\"]}")
            .status == 200);
    const std::string lead = team.create("owner", "leads", {{"name", "Lead"}});
    CHECK(contact_of(owner().post("/api/leads/" + lead + "/convert",
                                  R"({"contact_id":")" + twin + "\"}")) == ada);

    const std::string gone = team.create("owner", "contacts", {{"name", "Gone"}});
    const std::string left = team.create(
        "owner", "leads",
        {{"name", "Left"}, {"contact_id", gone}, {"owner_id", to_string(team.id_of("member"))}});
    REQUIRE(owner().request("DELETE", "/api/contacts/" + gone).status == 204);
    REQUIRE(owner()
                .request("PATCH", "/api/users/" + to_string(team.id_of("member")),
                         R"({"active":false})")
                .status == 200);
    const std::string made = contact_of(owner().request("POST", "/api/leads/" + left + "/convert"));
    CHECK(made != gone);
    CHECK(body_of(owner().get("/api/contacts/" + made)).text("name") == "Left");
}

TEST_CASE("a conversion links what is named and leaves out the deal where it is null") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const Json ada = create_record(client, "/api/contacts", R"({"name":"Ada"})");
    const Json lead = create_record(client, "/api/leads", R"({"name":"Ada L."})");
    const Json made =
        body_of(client.post("/api/leads/" + lead.text("id") + "/convert",
                            R"({"deal":null,"contact_id":")" + ada.text("id") + "\"}"));
    CHECK(made.find("contact")->text("name") == "Ada");
    CHECK(made.find("deal")->is_null());
    CHECK(made.find("organization")->is_null());
    const Json other = create_record(client, "/api/leads", R"({"name":"Bob","company":"Acme"})");
    const Json both =
        body_of(client.request("POST", "/api/leads/" + other.text("id") + "/convert"));
    CHECK(both.find("deal")->text("name") == "Acme");
    CHECK(first_error(client.post("/api/leads/" + lead.text("id") + "/convert",
                                  R"({"contact_id":"0190a7c0-0000-7000-8000-0000000000ad"})")) ==
          "");
    CHECK(client
              .post("/api/leads/" +
                        create_record(client, "/api/leads", R"({"name":"x"})").text("id") +
                        "/convert",
                    R"({"contact_id":"0190a7c0-0000-7000-8000-0000000000ad"})")
              .status == 422);
}

TEST_CASE("tasks and activities are completed and tasks reopened, with their times") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const Json task = create_record(client, "/api/tasks",
                                    R"({"title":"Call","assignee":"owner@example.com",
                                  "due_date":"2026-12-01"})");
    CHECK(task.text("name") == "Call");
    CHECK(task.text("assignee") == "Olive Owner");
    CHECK(task.text("priority") == "medium");
    const std::string path = "/api/tasks/" + task.text("id");
    CHECK(client.request("POST", path + "/reopen").status == 409);
    const Json done = body_of(client.request("POST", path + "/complete"));
    CHECK(done.text("status") == "completed");
    CHECK(done.find("completed_at")->string() != nullptr);
    const Json again = body_of(client.request("POST", path + "/reopen"));
    CHECK(again.text("status") == "pending");
    CHECK(again.find("completed_at")->is_null());
    const Json call =
        create_record(client, "/api/activities",
                      R"({"type":"call","subject":"Hello","due_at":"2026-12-01T09:00:00+01:00"})");
    CHECK(call.text("due_at") == "2026-12-01T08:00:00.000000Z");
    const Json held = body_of(client.post("/api/activities/" + call.text("id") + "/complete",
                                          R"({"outcome":"She agrees"})"));
    CHECK(held.text("outcome") == "She agrees");
    CHECK(types_of(client, "activity", call.text("id")) ==
          "activity.created activity.updated activity.completed");
}

TEST_CASE("a project has many assignees, by id or name") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const Json project =
        create_record(client, "/api/projects", R"({"name":"Build","assignees":["Olive Owner"]})");
    const JsonArray& assignees = *project.find("assignees")->array();
    REQUIRE(assignees.size() == 1);
    CHECK(assignees.front().text("name") == "Olive Owner");
    CHECK(project.find("assignee_ids")->array()->size() == 1);
    const std::string path = "/api/projects/" + project.text("id");
    const HttpReply same = client.request(
        "PUT", path, to_text(Json(JsonObject{{"assignees", *project.find("assignees")}})));
    CHECK(same.header("ETag") == "\"1\"");
    CHECK(first_error(client.request("PATCH", path, R"({"assignees":["Nobody"]})")) ==
          "unknown_reference /assignees/0");
    CHECK(first_error(client.request(
              "PATCH", path, R"({"assignee_ids":["0190a7c0-0000-7000-8000-0000000000ad"]})")) ==
          "unknown_reference /assignee_ids/0");
    CHECK(body_of(client.request("PATCH", path, R"({"assignee_ids":null})"))
              .find("assignees")
              ->array()
              ->empty());
}

TEST_CASE("a record's timeline holds its meetings, emails, messages, tasks and notes") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const std::string ada = create_record(client, "/api/contacts", R"({"name":"Ada"})").text("id");
    const std::string of_ada = R"("contact_id":")" + ada + "\"}";
    (void)client.post("/api/activities", R"({"type":"meeting","subject":"Kick-off",)"
                                         R"("due_at":"2026-12-01T09:00:00Z",)" +
                                             of_ada);
    (void)client.post("/api/activities", R"({"type":"note","subject":"Likes tea",)" + of_ada);
    (void)client.post("/api/tasks", R"({"name":"Call her",)" + of_ada);
    (void)client.post("/api/messages",
                      R"({"channel":"sms","direction":"in","body":"Hi",)" + of_ada);
    const HttpReply last = client.post(
        "/api/messages",
        R"({"channel":"email","direction":"out","subject":"Hello","to":"ada@example.com",)"
        R"("body":"Dear Ada",)" +
            of_ada);
    REQUIRE(last.status == 201);
    const HttpHeaders after{{"Throughline-Min-Position", *last.header("Throughline-Position")}};
    const auto items = [&](const std::string& query) {
        const Json page = body_of(client.get("/api/timeline/contact/" + ada + query, after));
        return *page.find("items")->array();
    };
    std::string all;
    for (const Json& item : items("")) all += item.text("type") + "|" + item.text("summary") + "\n";
    CHECK(all == "email|Email: Hello\nmessage|Message\ntask|Task: Call her\nnote|Note: Likes "
                 "tea\nmeeting|Meeting: Kick-off\naudit|Created contact\n");
    const Json meeting = items("?types=meeting").front();
    CHECK(meeting.find("details")->text("start_time") == "2026-12-01T09:00:00.000000Z");
    CHECK(meeting.find("details")->find("via")->text("entity_type") == "activity");
    const Json email = items("?types=email").front();
    CHECK(email.find("details")->text("snippet") == "Dear Ada");
    CHECK(email.find("details")->text("message_id") == body_of(last).text("id"));
}

TEST_CASE("a project has its tasks, counted by status") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const std::string id = create_record(client, "/api/projects", R"({"name":"Build"})").text("id");
    const std::string of_it = R"("project_id":")" + id + "\"}";
    (void)client.post("/api/tasks", R"({"name":"a",)" + of_it);
    (void)client.post("/api/tasks", R"({"name":"b","status":"completed",)" + of_it);
    (void)client.post("/api/tasks", R"({"name":"another"})");
    const HttpReply last = client.post("/api/tasks", R"({"name":"c",)" + of_it);
    const HttpHeaders after{{"Throughline-Min-Position", *last.header("Throughline-Position")}};
    const Json page = body_of(client.get("/api/projects/" + id + "/tasks?sort=name", after));
    CHECK(page.find("items")->array()->size() == 3);
    CHECK(page.find("items")->array()->front().text("project") == "Build");
    CHECK(page.find("counts")->integer("pending") == 2);
    CHECK(page.find("counts")->integer("completed") == 1);
    CHECK(client.get("/api/projects/0190a7c0-0000-7000-8000-0000000000ad/tasks").status == 404);
}
