#include "bus/appender.hpp"
#include "bus/ids.hpp"
#include "bus/postgres_event_store.hpp"
#include "domain/record/kind.hpp"
#include "tests/support/team.hpp"

#include <doctest/doctest.h>

namespace throughline {
namespace {

std::string position_of(const HttpReply& reply) {
    return reply.header("Throughline-Position").value();
}

/// A contact with a past: it was renamed, moved to another organization and deleted.
struct OldRecord {
    TestServer server{Team::environment()};
    Team team{server};
    HttpClient& client = team.as("owner");
    std::string acme = team.create("owner", "organizations", {{"name", "Acme"}});
    std::string globex = team.create("owner", "organizations", {{"name", "Globex"}});
    std::string id;
    std::string created;
    std::string moved;
    std::string deleted;
    std::string head;

    OldRecord() {
        const HttpReply reply =
            client.post("/api/contacts", to_text(JsonObject{{"name", "Zoë"},
                                                            {"organization_id", acme},
                                                            {"tags", JsonArray{"vip"}}}));
        REQUIRE_MESSAGE(reply.status == 201, reply.body);
        id = body_of(reply).text("id");
        created = position_of(reply);
        (void)change("/api/organizations/" + acme, {{"name", "Acme Ltd"}});
        moved = change(path(), {{"organization_id", globex}, {"status", "qualified"}});
        deleted = position_of(client.request("DELETE", path()));
        head = position_of(client.post("/api/contacts", R"({"name":"Later"})"));
    }

    [[nodiscard]] std::string path() const { return "/api/contacts/" + id; }
    std::string change(const std::string& of, JsonObject patch) {
        const HttpReply reply = client.request("PATCH", of, to_text(std::move(patch)));
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        return position_of(reply);
    }
    Json read(const std::string& target) {
        const HttpReply reply = client.get(target, {{"Throughline-Min-Position", head}});
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        return body_of(reply);
    }
    int status(const std::string& target) { return client.get(target).status; }
    std::string time_of(const std::string& position) {
        const Json page = read("/api/events?from=" + std::to_string(std::stoll(position) - 1));
        return page.find("items")->array()->front().text("time");
    }
    std::vector<std::string> names(const std::string& query) {
        std::vector<std::string> found;
        const Json page = read("/api/contacts?sort=name&" + query);
        for (const Json& item : *page.find("items")->array()) found.push_back(item.text("name"));
        return found;
    }
};

using Names = std::vector<std::string>;

} // namespace

TEST_CASE_FIXTURE(OldRecord, "a record reads as it stood at a position or a time") {
    CHECK(status(path()) == 404);
    const HttpReply reply = client.get(path() + "?as_of=" + created);
    REQUIRE(reply.status == 200);
    CHECK(reply.header("Throughline-As-Of") == created);
    CHECK(reply.header("ETag") == "\"1\"");
    Json then = body_of(reply);
    CHECK(then.text("status") == "new");
    CHECK(then.integer("version") == 1);
    CHECK(then.text("organization") == "Acme"); // as it was called
    CHECK(then.text("owner") == read("/api/me").find("user")->text("name"));

    then = read(path() + "?as_of=" + moved);
    CHECK(then.text("status") == "qualified");
    CHECK(then.integer("version") == 3);
    CHECK(then.text("organization") == "Globex");
    CHECK(status(path() + "?as_of=" + deleted) == 404);
    CHECK(status(path() + "?as_of=" + std::to_string(std::stoll(created) - 1)) == 404);
    CHECK(status(path() + "?as_of=0") == 404);

    const HttpReply by_time = client.get(path() + "?as_of=" + time_of(moved));
    REQUIRE_MESSAGE(by_time.status == 200, by_time.body);
    CHECK(by_time.header("Throughline-As-Of") == moved);
    CHECK(body_of(by_time) == then);
    CHECK(status(path() + "?as_of=" + time_of(deleted)) == 404);
    CHECK(status(path() + "?as_of=2001-01-01T00:00:00%2B02:00") == 404);
}

TEST_CASE_FIXTURE(OldRecord, "at the time that a change is shown with it has happened") {
    const Json made = body_of(client.post("/api/contacts", R"({"name":"Ada"})"));
    const std::string ada = "/api/contacts/" + made.text("id");
    const HttpReply changed = client.request("PATCH", ada, R"({"name":"Ada King"})");
    REQUIRE_MESSAGE(changed.status == 200, changed.body);
    head = position_of(changed);
    const std::string first = made.text("created_at");
    const std::string last = body_of(changed).text("updated_at");
    CHECK(time_of(head) == last);

    CHECK(read(ada + "?as_of=" + first).text("name") == "Ada");
    CHECK(read(ada + "?as_of=" + last).text("name") == "Ada King");
    CHECK(client.get(ada + "?as_of=" + last).header("Throughline-As-Of") == head);
    CHECK(names("as_of=" + first) == Names{"Ada", "Later"});
    CHECK(names("as_of=" + last) == Names{"Ada King", "Later"});
    const std::string timeline = "/api/timeline/contact/" + made.text("id") + "?as_of=";
    CHECK(read(timeline + first).find("items")->array()->size() == 1);
    CHECK(read(timeline + last).find("items")->array()->size() == 2);
    CHECK(read(ada + "/diff?from=1&to=" + last).find("events")->array()->size() == 2);
    const Json between = read(ada + "/diff?from=" + first + "&to=" + last);
    CHECK(between.find("before")->text("name") == "Ada");
    CHECK(between.find("after")->text("name") == "Ada King");
    CHECK(between.find("events")->array()->size() == 1);
}

TEST_CASE_FIXTURE(OldRecord, "what is no state of the log is refused, and named") {
    const std::string beyond = std::to_string(std::stoll(head) + 1'000'000);
    for (const std::string& target :
         {path(), std::string("/api/contacts"), "/api/timeline/contact/" + id})
        for (const std::string& value : {beyond, std::string("yesterday"), std::string("-1"),
                                         std::string("99999999999999999999"), std::string("")}) {
            CAPTURE(target);
            CAPTURE(value);
            const HttpReply reply = client.get(target + "?as_of=" + value);
            CHECK(reply.status == 422);
            CHECK(body_of(reply).find("errors")->array()->front().text("parameter") == "as_of");
        }
    const auto detail = [&](const std::string& value) {
        const Json problem = body_of(client.get(path() + "?as_of=" + value));
        return problem.find("errors")->array()->front().text("detail");
    };
    CHECK(detail("2026-01-01") == "Takes a whole number or an RFC 3339 time.");
    CHECK(detail("-1") == "Is at least 0.");
    CHECK(client.get(path() + "?as_off=1").status == 400);
    CHECK(client.get("/api/contacts?as_of=" + head + "&filter[nothing]=1").status == 400);
    CHECK(client.get("/api/contacts?as_of=" + head + "&limit=0").status == 422);
    CHECK(client.get("/api/contacts?as_of=" + head + "&cursor=x").status == 400);
}

TEST_CASE_FIXTURE(OldRecord, "a list is filtered, sorted, searched and counted as it stood") {
    CHECK(names("") == Names{"Later"});
    CHECK(names("as_of=" + created) == Names{"Zoë"});
    CHECK(names("as_of=" + head) == Names{"Later"});
    CHECK(names("as_of=0").empty());
    CHECK(names("as_of=" + moved + "&filter[status]=qualified") == Names{"Zoë"});
    CHECK(names("as_of=" + created + "&filter[status]=qualified").empty());
    CHECK(names("as_of=" + created + "&q=zoe") == Names{"Zoë"});
    CHECK(names("as_of=" + moved + "&filter[organization_id]=" + globex) == Names{"Zoë"});
    const HttpReply reply =
        client.get("/api/contacts?fields=name,organization&count=true&limit=1&as_of=" + created);
    CHECK(reply.header("Throughline-As-Of") == created);
    const Json page = body_of(reply);
    CHECK(page.find("pagination")->integer("total") == 1);
    CHECK(page.find("items")->array()->front() ==
          Json(JsonObject{{"id", id}, {"version", 1}, {"name", "Zoë"}, {"organization", "Acme"}}));
}

TEST_CASE_FIXTURE(OldRecord, "every kind has a past") {
    const Registry registry = standard_registry();
    const std::string deal = team.create("owner", "deals", {{"name", "Big"}, {"value", 12.5}});
    const std::string then =
        position_of(client.request("PATCH", "/api/deals/" + deal,
                                   R"({"value": 1200.10, "expected_close_date": "2026-12-24"})"));
    head = position_of(client.request("DELETE", "/api/deals/" + deal));
    for (const Kind& kind : registry.kinds()) {
        CAPTURE(kind.name);
        const Json page = read("/api/" + kind.plural + "?sort=-updated_at&as_of=" + then);
        CHECK(page.find("items")->array()->size() ==
              (kind.name == "organization"                     ? 2
               : kind.name == "contact" || kind.name == "deal" ? 1
                                                               : 0));
    }
    const Json page =
        read("/api/opportunities?as_of=" + then +
             "&filter[value][gt]=1000&filter[expected_close_date]=2026-12-24&fields=value");
    CHECK(to_text(page).find(R"("value":1200.10)") != std::string::npos);
    CHECK(read("/api/opportunities/" + deal + "/diff?to=" + then).find("after")->text("name") ==
          "Big");
}

TEST_CASE_FIXTURE(OldRecord, "the pipeline is summed up as it stood") {
    const auto deal = [&](const std::string& value) {
        return client.post("/api/deals", R"({"name":"Deal","value":)" + value + "}");
    };
    const HttpReply first = deal("1200.10");
    const std::string then = position_of(deal("300"));
    const std::string path = "/api/deals/" + body_of(first).text("id");
    head = change(path, {{"stage", "proposal"}, {"value", 1}});
    const Json now = read("/api/deals/summary");
    CHECK(to_text(*now.find("total")->find("value")) == "301");
    const Json before = read("/api/deals/summary?as_of=" + then);
    CHECK(to_text(*before.find("total")->find("value")) == "1500.10");
    CHECK(before.find("stages")->array()->front().integer("count") == 2);
    CHECK(read("/api/deals/summary?filter[value][gt]=1000&as_of=" + then)
              .find("total")
              ->integer("count") == 1);
    CHECK(client.get("/api/deals/summary?as_of=" + then).header("Throughline-As-Of") == then);
    CHECK(client.get("/api/deals/summary?as_of=soon").status == 422);
}

TEST_CASE_FIXTURE(OldRecord, "the pipeline of then is weighted as it was then") {
    const HttpReply made = client.post("/api/deals", R"({"name":"Deal","value":1200.10})");
    REQUIRE_MESSAGE(made.status == 201, made.body);
    const std::string then = position_of(made);
    head = change("/api/tenant",
                  {{"pipeline_stages",
                    JsonArray{JsonObject{{"key", "new"}, {"name", "Hot"}, {"probability", 90}},
                              JsonObject{{"key", "won"}, {"name", "Won"}, {"probability", 100}},
                              JsonObject{{"key", "lost"}, {"name", "Lost"}, {"probability", 0}}}}});
    const auto weighted = [&](const std::string& query) {
        return to_text(*read("/api/deals/summary" + query).find("total")->find("weighted_value"));
    };
    CHECK(weighted("") == "1080.09");
    CHECK(weighted("?as_of=" + head) == "1080.09");
    CHECK(weighted("?as_of=" + then) == "120.01");
    const Json before = read("/api/deals/summary?as_of=" + then);
    REQUIRE(before.find("stages")->array()->size() == 6);
    CHECK(before.find("stages")->array()->front().text("name") == "New");
    CHECK(before.find("stages")->array()->front().integer("probability") == 10);
    CHECK(read("/api/deals/summary?as_of=0").find("stages")->array()->size() == 6);
}

TEST_CASE_FIXTURE(OldRecord, "a project's tasks are listed and counted as they stood") {
    const std::string project = team.create("owner", "projects", {{"name", "Build"}});
    const std::string before = position_of(client.post("/api/contacts", R"({"name":"Before"})"));
    const std::string task =
        team.create("owner", "tasks", {{"name", "Dig"}, {"project_id", project}});
    const std::string then = change("/api/projects/" + project, {{"name", "Built"}});
    (void)change("/api/tasks/" + task, {{"name", "Dug"}, {"status", "completed"}});
    head = position_of(client.request("DELETE", "/api/projects/" + project));
    const std::string path = "/api/projects/" + project + "/tasks?as_of=";
    const Json page = read(path + then);
    CHECK(page.find("items")->array()->front().text("name") == "Dig");
    CHECK(page.find("items")->array()->front().text("project") == "Built");
    CHECK(page.find("counts")->integer("pending") == 1);
    CHECK(page.find("counts")->integer("completed") == 0);
    CHECK(read(path + before).find("items")->array()->empty());
    CHECK(read(path + before).find("counts")->integer("pending") == 0);
    CHECK(client.get(path + then).header("Throughline-As-Of") == then);
    CHECK(status(path + created) == 404); // the project was not there yet
    CHECK(status(path + head) == 404);
    CHECK(status(path + "soon") == 422);
}

TEST_CASE_FIXTURE(OldRecord, "a timeline ends where it is asked to") {
    const std::string timeline = "/api/timeline/contact/" + id;
    const auto count = [&](const std::string& query) {
        return read(timeline + query).find("items")->array()->size();
    };
    CHECK(count("") == 4);
    CHECK(count("?as_of=" + moved) == 3);
    CHECK(count("?as_of=" + created) == 1);
    CHECK(read(timeline + "?as_of=" + created).find("pagination")->integer("total") == 1);
    CHECK(client.get(timeline + "?as_of=" + created).header("Throughline-As-Of") == created);
    CHECK(status(timeline + "?as_of=0") == 404);
}

TEST_CASE_FIXTURE(OldRecord, "a record's difference is both its states and what happened between") {
    const auto types = [](const Json& diff) {
        Names found;
        for (const Json& event : *diff.find("events")->array()) found.push_back(event.text("type"));
        return found;
    };
    const std::string diff = path() + "/diff";
    Json told = read(diff + "?from=" + created + "&to=" + moved);
    CHECK(told.find("before")->text("organization") == "Acme");
    CHECK(told.find("after")->text("organization") == "Globex");
    CHECK(types(told) == Names{"contact.updated", "contact.status_changed"});
    CHECK(told.find("truncated")->boolean() != nullptr);
    told = read(diff);
    CHECK(told.find("before")->is_null());
    CHECK(told.find("after")->is_null()); // it is deleted
    CHECK(types(told).size() == 4);
    told = read(diff + "?from=2026-01-01&to=2999-12-31");
    CHECK(types(told).size() == 4);
    told = read(diff + "?from=2001-01-01&to=2001-01-01");
    CHECK(types(told).empty());
    told = read(diff + "?from=" + moved + "&to=" + time_of(head));
    CHECK(told.find("before")->text("status") == "qualified");
    CHECK(types(told) == Names{"contact.deleted"});

    CHECK(first_error(client.get(diff + "?from=" + moved + "&to=" + created)) ==
          "invalid_format from");
    CHECK(client.get(diff + "?to=999999999").status == 422);
    CHECK(client.get(diff + "?from=monday").status == 422);
    CHECK(status("/api/contacts/" + acme + "/diff") == 404);
}

TEST_CASE_FIXTURE(OldRecord, "the past of a hidden record is hidden") {
    const std::string others = team.create(
        "owner", "contacts", {{"name", "Secret"}, {"owner_id", to_string(team.id_of("member"))}});
    const std::string then = position_of(
        client.request("PATCH", "/api/contacts/" + others,
                       to_text(JsonObject{{"owner_id", to_string(team.id_of("sales"))}})));
    const std::string when = std::to_string(std::stoll(then) - 1); // it was the member's own
    team.hide_others();
    HttpClient& member = team.as("member");
    CHECK(member.get("/api/contacts/" + others + "?as_of=" + when).status == 404);
    CHECK(member.get("/api/contacts/" + others + "/diff").status == 404);
    const HttpReply list =
        member.get("/api/contacts?as_of=" + when, {{"Throughline-Min-Position", then}});
    CHECK(list.status == 200);
    CHECK(list.body.find("Secret") == std::string::npos);
    HttpClient& sales = team.as("sales");
    CHECK(sales.get("/api/contacts/" + others + "?as_of=" + when).status == 200);
    CHECK(sales.get("/api/contacts?as_of=" + when).body.find("Secret") != std::string::npos);
}

TEST_CASE_FIXTURE(OldRecord,
                  "why an event happened, and what came of it, leaves out what is hidden") {
    const auto event_at = [&](const std::string& position) {
        const Json page = read("/api/events?from=" + std::to_string(std::stoll(position) - 1));
        return page.find("items")->array()->front();
    };
    const std::string root = event_at(created).text("id");
    Json why = read("/api/events/" + root + "/why");
    CHECK(why.find("event")->text("type") == "contact.created");
    CHECK(why.find("causes")->array()->empty());
    CHECK(why.find("effects")->array()->empty());
    CHECK(*why.find("truncated")->boolean() == false);

    // What an automation does carries its cause.
    Appender appender(server.database().url());
    Database database(server.database().url(), Role::system, 1);
    PostgresEventStore store(database, database, appender);
    const auto happen = [&](const std::string& cause, const std::string& owner) {
        Command command;
        command.id = new_id();
        command.tenant = team.tenant();
        command.time = now();
        command.origin.correlation_id = command.id;
        command.origin.causation_id = parse_uuid(cause);
        const Uuid event = new_id();
        const std::string data = to_text(JsonObject{{"name", "Made"}, {"owner_id", owner}});
        command.writes = {{command.tenant,
                           {"contact", new_id()},
                           0,
                           {{event, "contact.created", 1, data, {}}},
                           data,
                           "Made",
                           false}};
        REQUIRE(std::holds_alternative<Committed>(store.append(std::move(command)).get()));
        return to_string(event);
    };
    const std::string secret = happen(root, to_string(team.id_of("sales")));
    const std::string seen = happen(secret, to_string(team.id_of("member")));
    why = read("/api/events/" + root + "/why");
    const JsonArray& effects = *why.find("effects")->array();
    REQUIRE(effects.size() == 2);
    CHECK(effects[0].integer("depth") == 1);
    CHECK(effects[0].find("event")->text("id") == secret);
    CHECK(effects[1].integer("depth") == 2);
    CHECK(effects[1].find("event")->text("id") == seen);

    team.hide_others();
    HttpClient& member = team.as("member");
    const Json part = body_of(member.get("/api/events/" + seen + "/why"));
    CHECK(part.find("causes")->array()->empty()); // the secret one, and the owner's contact
    CHECK(read("/api/events/" + seen + "/why").find("causes")->array()->size() == 2);
    CHECK(member.get("/api/events/" + secret + "/why").status == 404);
    CHECK(status("/api/events/" + to_string(new_id()) + "/why") == 404);
    CHECK(server.anonymous().get("/api/events/" + root + "/why").status == 401);
}

} // namespace throughline
