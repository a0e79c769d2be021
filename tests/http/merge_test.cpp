#include "tests/support/team.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <set>

namespace throughline {
namespace {

/// Two contacts of one person, with a deal, a task and a message at the second.
struct Twice {
    TestServer server{Team::environment()};
    Team team{server};
    HttpClient& owner = team.as("owner");
    std::string ada = make("contacts", {{"name", "Ada Lovelace"}, {"tags", JsonArray{"math"}}});
    std::string twin = make("contacts", {{"name", "A. Lovelace"},
                                         {"email", "ada@example.com"},
                                         {"phone", "+44 20 7946 0958"},
                                         {"tags", JsonArray{"twin"}},
                                         {"metadata", JsonObject{{"tier", "gold"}}}});
    std::string deal = make("deals", {{"name", "Engine"}, {"contact_id", twin}});
    std::string task = make("tasks", {{"name", "Call"}, {"contact_id", twin}});
    std::string message =
        make("messages",
             {{"channel", "email"}, {"direction", "in"}, {"body", "Hello"}, {"contact_id", twin}});
    HttpHeaders seen;

    std::string make(const std::string& plural, JsonObject fields) {
        return team.create("owner", plural, std::move(fields));
    }
    HttpReply merge(JsonObject body, const std::string& as = "owner",
                    const HttpHeaders& headers = {}) {
        const HttpReply reply =
            team.as(as).post("/api/contacts/merge", to_text(Json(std::move(body))), headers);
        if (const auto position = reply.header("Throughline-Position"))
            seen = {{"Throughline-Min-Position", *position}};
        return reply;
    }
    HttpReply merge() { return merge({{"into", ada}, {"from", JsonArray{twin}}}); }
    HttpReply unmerge(const std::string& from, const std::string& out) {
        const HttpReply reply = owner.post("/api/contacts/" + from + "/unmerge",
                                           to_text(Json(JsonObject{{"id", out}})));
        if (const auto position = reply.header("Throughline-Position"))
            seen = {{"Throughline-Min-Position", *position}};
        return reply;
    }
    Json read(const std::string& path) {
        const HttpReply reply = owner.get("/api/" + path, seen);
        REQUIRE_MESSAGE(reply.status == 200, path, " ", reply.body);
        return body_of(reply);
    }
    std::size_t count(const std::string& path) { return read(path).find("items")->array()->size(); }
    /// What each of the referring records says of its contact.
    bool all_refer_to(const std::string& id) {
        for (const std::string& path : {"deals/" + deal, "tasks/" + task, "messages/" + message})
            if (read(path).text("contact_id") != id) return false;
        return true;
    }
    std::set<std::string> summaries(const std::string& id) {
        std::set<std::string> all;
        const Json page = read("timeline/contact/" + id);
        for (const Json& item : *page.find("items")->array()) all.insert(item.text("summary"));
        return all;
    }
    /// Of a record without what every write changes.
    static Json plain(Json record) {
        for (const char* const name : {"version", "updated_at"}) record.object()->erase(name);
        return record;
    }
};

} // namespace

TEST_CASE_FIXTURE(Twice, "a merge leaves one record, to which the other leads") {
    const HttpReply reply = merge();
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    const Json survivor = body_of(reply);
    CHECK(survivor.text("id") == ada);
    CHECK(survivor.text("name") == "Ada Lovelace");
    CHECK(survivor.text("email") == "ada@example.com");
    CHECK(to_text(*survivor.find("tags")) == R"(["math","twin"])");
    CHECK(survivor.find("metadata")->text("tier") == "gold");
    CHECK(reply.header("ETag") == "\"2\"");

    const HttpReply led = owner.get("/api/contacts/" + twin);
    CHECK(led.status == 200);
    CHECK(led.header("Content-Location") == "/api/contacts/" + ada);
    CHECK(body_of(led) == survivor);
    CHECK_FALSE(owner.get("/api/contacts/" + ada).header("Content-Location"));
    CHECK(count("contacts") == 1);
    CHECK(count("search?q=lovelace") == 1);
    CHECK(count("contacts/duplicates") == 0);
    CHECK(owner.request("PATCH", "/api/contacts/" + twin, R"({"name":"X"})").status == 404);
    CHECK(owner.request("DELETE", "/api/contacts/" + twin).status == 404);
    CHECK(owner.request("POST", "/api/contacts/" + twin + "/restore").status == 409);
    // The old id may still be written.
    const Json late = body_of(owner.post(
        "/api/tasks", to_text(Json(JsonObject{{"name", "Late"}, {"contact_id", twin}}))));
    CHECK(late.text("contact_id") == ada);
    CHECK(late.text("contact") == "Ada Lovelace");
}

TEST_CASE_FIXTURE(Twice, "a merged id reads as of a time as what stood for it then") {
    const std::string before =
        *owner.request("PATCH", "/api/contacts/" + twin, R"({"phone":"+1 555 1"})")
             .header("Throughline-Position");
    const std::string merged = *merge().header("Throughline-Position");
    const std::string unmerged = *unmerge(ada, twin).header("Throughline-Position");
    const auto as_of = [&](const std::string& position) {
        const HttpReply reply = owner.get("/api/contacts/" + twin + "?as_of=" + position);
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        return reply;
    };
    CHECK(body_of(as_of(before)).text("phone") == "+1 555 1");
    CHECK_FALSE(as_of(before).header("Content-Location"));
    CHECK(body_of(as_of(merged)).text("id") == ada);
    CHECK(body_of(as_of(merged)).text("email") == "ada@example.com");
    CHECK(as_of(merged).header("Content-Location") == "/api/contacts/" + ada);
    CHECK(as_of(merged).header("Throughline-As-Of") == merged);
    CHECK(body_of(as_of(unmerged)).text("id") == twin);
    CHECK_FALSE(as_of(unmerged).header("Content-Location"));
}

TEST_CASE_FIXTURE(Twice, "a merged project's tasks are those of the one that it leads to") {
    const std::string build = make("projects", {{"name", "Build"}});
    const std::string again = make("projects", {{"name", "Build again"}});
    const std::string dig = make("tasks", {{"name", "Dig"}, {"project_id", again}});
    const std::string before =
        *owner.request("PATCH", "/api/projects/" + again, R"({"name":"Rebuild"})")
             .header("Throughline-Position");
    const HttpReply merged =
        owner.post("/api/projects/merge",
                   to_text(Json(JsonObject{{"into", build}, {"from", JsonArray{again}}})));
    REQUIRE_MESSAGE(merged.status == 200, merged.body);
    seen = {{"Throughline-Min-Position", *merged.header("Throughline-Position")}};
    const std::string tasks = "projects/" + again + "/tasks";
    const auto location = [&](const std::string& query = "") {
        return owner.get("/api/" + tasks + query, seen).header("Content-Location");
    };
    CHECK(wait_until([&] { return count(tasks) == 1; }));
    CHECK(read(tasks) == read("projects/" + build + "/tasks"));
    CHECK(location() == "/api/projects/" + build + "/tasks");
    CHECK_FALSE(owner.get("/api/projects/" + build + "/tasks").header("Content-Location"));
    const HttpReply renamed =
        owner.request("PATCH", "/api/tasks/" + dig, R"({"name":"Dig deeper"})");
    REQUIRE_MESSAGE(renamed.status == 200, renamed.body);
    const std::string then = *renamed.header("Throughline-Position");
    const std::string after = "?as_of=" + then;
    seen = {{"Throughline-Min-Position", then}};
    CHECK(count(tasks + after) == 1);
    CHECK(location(after) == "/api/projects/" + build + "/tasks");
    CHECK(count(tasks + "?as_of=" + before) == 1); // it was a project of its own
    CHECK_FALSE(location("?as_of=" + before));
}

TEST_CASE_FIXTURE(Twice, "references, timeline and audit log follow a merge, and come back") {
    REQUIRE(owner.request("PATCH", "/api/deals/" + deal, R"({"name":"Motor"})").status == 200);
    const Json before = read("contacts/" + ada);
    const Json twin_before = read("contacts/" + twin);
    REQUIRE(merge().status == 200);
    CHECK(wait_until([&] { return all_refer_to(ada); }));
    CHECK(summaries(ada).contains("Merged contact A. Lovelace"));
    CHECK(summaries(ada).contains("Name changed: Engine → Motor"));
    CHECK(summaries(twin).contains("Merged into contact Ada Lovelace"));
    const Json audit = read("audit-logs?action_type=merge");
    REQUIRE(audit.find("items")->array()->size() == 2);
    const Json& item = audit.find("items")->array()->front();
    CHECK(item.find("metadata")->find("merge")->text("into") == ada);
    CHECK(wait_until([&] { return count("deals?filter%5Bcontact_id%5D=" + ada) == 1; }));
    const auto last_change = [&] {
        return read("deals/" + deal + "/history").find("items")->array()->front();
    };
    CHECK(wait_until([&] { return last_change().text("event") == "deal.updated"; }));
    CHECK(last_change().text("correlation_id") == item.text("correlation_id"));

    const std::string others = make("deals", {{"name", "New"}, {"contact_id", ada}});
    const HttpReply reply = unmerge(ada, twin);
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    const Json both = body_of(reply);
    CHECK(plain(*both.find("survivor")) == plain(before));
    CHECK(plain(*both.find("restored")) == plain(twin_before));
    CHECK(both.find("kept")->array()->empty());
    CHECK(plain(read("contacts/" + twin)) == plain(twin_before));
    CHECK(wait_until([&] { return all_refer_to(twin); }));
    CHECK(read("deals/" + others).text("contact_id") == ada);
    CHECK_FALSE(summaries(ada).contains("Name changed: Engine → Motor"));
    CHECK(summaries(ada).contains("Unmerged contact A. Lovelace"));
    CHECK(count("contacts") == 2);
    CHECK(count("search?q=lovelace") == 2);
}

TEST_CASE_FIXTURE(Twice, "later edits win over an unmerge, and are told") {
    REQUIRE(merge().status == 200);
    REQUIRE(wait_until([&] { return all_refer_to(ada); }));
    const std::string third = make("contacts", {{"name", "Third"}});
    REQUIRE(owner.request("PATCH", "/api/contacts/" + ada, R"({"phone":"+1 555 1"})").status ==
            200);
    REQUIRE(owner
                .request("PATCH", "/api/deals/" + deal,
                         to_text(Json(JsonObject{{"contact_id", third}})))
                .status == 200);
    const Json both = body_of(unmerge(ada, twin));
    CHECK(to_text(*both.find("kept")) == R"(["phone"])");
    CHECK(both.find("survivor")->text("phone") == "+1 555 1");
    CHECK(both.find("survivor")->find("email")->is_null());
    CHECK(wait_until([&] { return read("tasks/" + task).text("contact_id") == twin; }));
    CHECK(read("deals/" + deal).text("contact_id") == third);
}

TEST_CASE_FIXTURE(Twice, "references come back also to a record that was erased since its merge") {
    REQUIRE(merge().status == 200);
    REQUIRE(wait_until([&] { return all_refer_to(ada); }));
    const HttpReply erased = owner.post("/api/contacts/" + twin + "/erase", "{}");
    REQUIRE_MESSAGE(erased.status == 200, erased.body);
    const HttpReply reply = unmerge(ada, twin);
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    CHECK(body_of(reply).find("restored")->text("name") == "[erased]");
    CHECK(wait_until([&] { return all_refer_to(twin); }));
}

TEST_CASE_FIXTURE(Twice, "a restored record follows the merges that it missed, and their undoing") {
    const std::string third = make("contacts", {{"name", "Third"}});
    REQUIRE(owner.request("DELETE", "/api/deals/" + deal).status == 204);
    REQUIRE(merge().status == 200);
    REQUIRE(merge({{"into", third}, {"from", JsonArray{ada}}}).status == 200);
    REQUIRE(wait_until([&] { return read("tasks/" + task).text("contact_id") == third; }));
    REQUIRE(owner.request("POST", "/api/deals/" + deal + "/restore").status == 200);
    CHECK(wait_until([&] { return all_refer_to(third); }));
    CHECK(wait_until([&] { return count("deals?filter%5Bcontact_id%5D=" + third) == 1; }));
    REQUIRE(unmerge(third, ada).status == 200);
    CHECK(wait_until([&] { return all_refer_to(ada); }));
    REQUIRE(unmerge(ada, twin).status == 200);
    CHECK(wait_until([&] { return all_refer_to(twin); }));
}

TEST_CASE_FIXTURE(Twice, "a record merged into a merged one leads to the last") {
    const std::string third = make("contacts", {{"name", "Third"}});
    REQUIRE(merge().status == 200);
    REQUIRE(merge({{"into", third}, {"from", JsonArray{ada}}}).status == 200);
    const HttpReply led = owner.get("/api/contacts/" + twin);
    CHECK(led.header("Content-Location") == "/api/contacts/" + third);
    CHECK(wait_until([&] { return all_refer_to(third); }));
    CHECK(unmerge(third, twin).status == 422);
    REQUIRE(unmerge(third, ada).status == 200);
    CHECK(owner.get("/api/contacts/" + twin).header("Content-Location") == "/api/contacts/" + ada);
    CHECK(wait_until([&] { return all_refer_to(ada); }));
    REQUIRE(owner.request("DELETE", "/api/contacts/" + ada).status == 204);
    CHECK(owner.get("/api/contacts/" + twin).status == 404);
}

TEST_CASE_FIXTURE(Twice, "a merge that cannot be is told why, and changes nothing") {
    const auto fault = [&](JsonObject body) { return first_error(merge(std::move(body))); };
    const JsonArray from{twin};
    CHECK(fault({{"from", from}}) == "required /into");
    CHECK(fault({{"into", ada}}) == "required /from");
    CHECK(fault({{"into", ada}, {"from", JsonArray{}}}) == "required /from");
    CHECK(fault({{"into", ada}, {"from", JsonArray{twin, ada}}}) == "invalid_choice /from");
    CHECK(fault({{"into", ada}, {"from", JsonArray{deal}}}) == "unknown_reference /from/0");
    CHECK(fault({{"into", ada}, {"from", from}, {"fields", JsonObject{{"nmae", twin}}}}) ==
          "unknown_field /fields/nmae");
    CHECK(fault({{"into", ada}, {"from", from}, {"fields", JsonObject{{"name", deal}}}}) ==
          "invalid_choice /fields/name");
    CHECK(fault({{"into", ada}, {"from", from}, {"fields", JsonObject{{"name", "x"}}}}) ==
          "invalid_format /fields/name");
    CHECK(fault({{"into", ada}, {"from", from}, {"fields", JsonObject{{"a/b~", twin}}}}) ==
          "unknown_field /fields/a~1b~0");
    CHECK(fault({{"into", ada}, {"from", from}, {"fields", JsonObject{{"a/b", "x"}}}}) ==
          "invalid_format /fields/a~1b");
    CHECK(merge({{"into", deal}, {"from", from}}).status == 404);
    CHECK(merge({{"into", ada}, {"from", from}}, "member").status == 403);
    CHECK(merge({{"into", ada}, {"from", from}}, "owner", {{"If-Match", "\"7\""}}).status == 412);
    CHECK(first_error(unmerge(ada, twin)) == "unknown_reference /id");
    CHECK(wait_until([&] { return count("contacts") == 2; }));
    CHECK(read("contacts/" + ada).integer("version") == 1);
}

TEST_CASE_FIXTURE(Twice, "a key replays the answers of merge and unmerge") {
    const HttpHeaders key{{"Idempotency-Key", "merge-1"}};
    const JsonObject body{
        {"into", ada}, {"from", JsonArray{twin}}, {"fields", JsonObject{{"name", twin}}}};
    const HttpReply first = merge(body, "manager", key);
    REQUIRE(first.status == 200);
    CHECK(body_of(first).text("name") == "A. Lovelace");
    const HttpReply again = merge(body, "manager", key);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(again.body == first.body);
    const std::string path = "/api/contacts/" + ada + "/unmerge";
    const std::string out = to_text(Json(JsonObject{{"id", twin}}));
    const HttpHeaders other{{"Idempotency-Key", "unmerge-1"}};
    const HttpReply taken = owner.post(path, out, other);
    REQUIRE(taken.status == 200);
    CHECK(owner.post(path, out, other).body == taken.body);
    CHECK(owner.post(path, out).status == 422);
}

TEST_CASE_FIXTURE(Twice, "a merge is undone by its correlation id, and that undo too") {
    const Json before = read("contacts/" + ada);
    const Json twin_before = read("contacts/" + twin);
    const HttpReply merged = merge();
    REQUIRE(merged.status == 200);
    const Json after = body_of(merged);
    CHECK(wait_until([&] { return all_refer_to(ada); }));
    const std::string merge_id =
        read("contacts/" + ada + "/history").find("items")->array()->front().text("correlation_id");
    const auto undo = [&](const std::string& id, const std::string& more) {
        return owner.post("/api/undo", R"({"correlation_id":")" + id + "\"" + more + "}");
    };
    const Json dry = body_of(undo(merge_id, R"(,"dry_run":true)"));
    CHECK(dry.find("changes")->array()->size() == 2);
    CHECK(dry.find("conflicts")->array()->empty());
    CHECK(dry.integer("applied") == 0);
    CHECK(read("contacts/" + ada) == after);
    const HttpReply undone = undo(merge_id, "");
    REQUIRE_MESSAGE(undone.status == 200, undone.body);
    CHECK(body_of(undone).integer("applied") == 2);
    CHECK(plain(read("contacts/" + ada)) == plain(before));
    CHECK(plain(read("contacts/" + twin)) == plain(twin_before));
    CHECK(wait_until([&] { return all_refer_to(twin); }));
    CHECK(body_of(undo(merge_id, "")).integer("applied") == 0); // it is back already

    const HttpReply again = undo(body_of(undone).text("correlation_id"), "");
    REQUIRE_MESSAGE(again.status == 200, again.body);
    CHECK(plain(read("contacts/" + ada)) == plain(after));
    CHECK(owner.get("/api/contacts/" + twin).header("Content-Location") == "/api/contacts/" + ada);
    CHECK(wait_until([&] { return all_refer_to(ada); }));
}

TEST_CASE_FIXTURE(Twice, "a key stands for one undo of a merge, which it tells again") {
    const auto merge_id = [&](const std::string& id) {
        return read("contacts/" + id + "/history")
            .find("items")
            ->array()
            ->front()
            .text("correlation_id");
    };
    const std::string eve = make("contacts", {{"name", "Eve"}});
    const std::string other = make("contacts", {{"name", "E."}});
    REQUIRE(merge().status == 200);
    const std::string first = merge_id(ada);
    REQUIRE(merge({{"into", eve}, {"from", JsonArray{other}}}).status == 200);
    const std::string second = merge_id(eve);
    const HttpHeaders key{{"Idempotency-Key", "undo-1"}};
    const auto undo = [&](const std::string& id, const std::string& more = "") {
        return owner.post("/api/undo", R"({"correlation_id":")" + id + "\"" + more + "}", key);
    };
    CHECK(undo(second, R"(,"dry_run":true)").status == 200); // spends no key
    const HttpReply undone = undo(first);
    REQUIRE_MESSAGE(undone.status == 200, undone.body);
    CHECK_FALSE(undone.header("Idempotency-Replayed"));
    CHECK(undo(second).status == 422);
    CHECK(owner.post("/api/contacts", R"({"name":"X"})", key).status == 422);
    CHECK(owner.get("/api/contacts/" + other).header("Content-Location") == "/api/contacts/" + eve);

    REQUIRE(merge().status == 200); // again, and sending the undo again does not take it back
    const HttpReply again = undo(first);
    CHECK(again.status == 200);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(body_of(again).integer("applied") == 2);
    CHECK(owner.get("/api/contacts/" + twin).header("Content-Location") == "/api/contacts/" + ada);
}

TEST_CASE_FIXTURE(Twice, "what was changed since a merge is in conflict with its undo") {
    REQUIRE(merge().status == 200);
    const std::string merge_id =
        read("contacts/" + ada + "/history").find("items")->array()->front().text("correlation_id");
    REQUIRE(owner.request("PATCH", "/api/contacts/" + ada, R"({"phone":"+1 555 1"})").status ==
            200);
    const HttpReply refused = owner.post("/api/undo", R"({"correlation_id":")" + merge_id + "\"}");
    CHECK(refused.status == 409);
    const Json problem = body_of(refused);
    const Json& conflict = problem.find("conflicts")->array()->front();
    CHECK(conflict.text("field") == "phone");
    CHECK(conflict.text("actual") == "+1 555 1");
    const HttpReply skipped =
        owner.post("/api/undo", R"({"correlation_id":")" + merge_id + R"(","on_conflict":"skip"})");
    CHECK(skipped.status == 200);
    CHECK(read("contacts/" + ada).text("phone") == "+1 555 1");
    CHECK(read("contacts/" + twin).text("id") == twin);
}

} // namespace throughline
