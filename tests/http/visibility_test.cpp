#include "tests/support/sse_stream.hpp"
#include "tests/support/team.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/websocket_client.hpp"

#include <doctest/doctest.h>

#include <set>

namespace throughline {
namespace {

using Names = std::set<std::string>;

/// A tenant in which others' records are hidden, with a contact of the member's, one of sales', and
/// one of nobody's, all at one organization that everybody sees.
struct Hidden {
    TestServer server{Team::environment()};
    Team team{server};
    std::string own = contact("Mine", to_string(team.id_of("member")));
    std::string others = contact("Secret", to_string(team.id_of("sales")));
    std::string unowned = contact("Nobodys", nullptr);
    HttpHeaders seen;

    Hidden() {
        team.hide_others();
        seen = head();
    }

    std::string contact(const std::string& name, Json owner) {
        return team.create("owner", "contacts",
                           {{"name", name + " Person"},
                            {"email", name + "@example.com"},
                            {"organization", "Acme"},
                            {"owner_id", std::move(owner)}});
    }
    HttpHeaders head() {
        const HttpReply read = team.as("owner").get("/api/events?from=1000000");
        return {{"Throughline-Min-Position", std::to_string(*body_of(read).integer("head"))}};
    }
    /// The first names in a list.
    Names listed(const std::string& role, const std::string& query = "") {
        const HttpReply reply = team.as(role).get("/api/contacts" + query, seen);
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        Names names;
        const Json page = body_of(reply);
        for (const Json& item : *page.find("items")->array())
            names.insert(first_word(item.text("name")));
        return names;
    }
    static std::string first_word(const std::string& text) {
        return text.substr(0, text.find(' '));
    }
    int status(const std::string& role, const std::string& path) {
        return team.as(role).get(path).status;
    }
};

bool tells(const std::string& text) { return text.find("Secret") != std::string::npos; }

} // namespace

TEST_CASE_FIXTURE(Hidden, "a hidden record reads, changes and goes 404, as one that is not there") {
    const std::string path = "/api/contacts/" + others;
    for (const char* role : {"member", "analyst", "viewer"}) {
        CHECK(status(role, path) == 404);
        CHECK(status(role, path + "/history") == 404);
        CHECK(status(role, "/api/timeline/contact/" + others) == 404);
        CHECK(status(role, "/api/contacts/" + unowned) == 200);
    }
    const HttpReply nothing = team.as("member").get("/api/contacts/" + to_string(team.tenant()));
    CHECK(body_of(team.as("member").get(path)).text("detail") == body_of(nothing).text("detail"));
    HttpClient& member = team.as("member");
    CHECK(member.request("PATCH", path, R"({"name":"X"})").status == 404);
    CHECK(member.request("PATCH", path, R"({"name":"X"})", {{"If-Match", "\"9\""}}).status == 404);
    CHECK(member.request("DELETE", path).status == 404);
    CHECK(member.request("POST", path + "/restore").status == 404);
    CHECK(status("sales", path) == 200);
    CHECK(status("manager", path) == 200);
    // Seen, and still not theirs.
    CHECK(member.request("PATCH", "/api/contacts/" + unowned, R"({"name":"X"})").status == 403);
}

TEST_CASE_FIXTURE(Hidden, "lists, counts, search, filters and exports leave it out") {
    const Names all{"Mine", "Secret", "Nobodys"};
    const Names some{"Mine", "Nobodys"};
    CHECK(listed("manager") == all);
    CHECK(listed("member") == some);
    CHECK(listed("sales") == Names{"Secret", "Nobodys"});
    CHECK(listed("viewer") == Names{"Nobodys"});
    CHECK(listed("member", "?q=secret").empty());
    CHECK(listed("member", "?q=person&sort=name") == some);
    CHECK(listed("member", "?filter[email]=secret@example.com").empty());
    CHECK(listed("member", "?filter[owner_id]=" + to_string(team.id_of("sales"))).empty());
    CHECK(listed("member", "?filter[organization_id][exists]=true&sort=organization_id") == some);
    const Json page = body_of(team.as("member").get("/api/contacts?count=true&limit=1", seen));
    CHECK(page.find("pagination")->integer("total") == 2);
    for (const char* format : {"csv", "ndjson"}) {
        const std::string path = "/api/contacts/export?format=" + std::string(format);
        CHECK_FALSE(tells(team.as("member").get(path, seen).body));
        CHECK(tells(team.as("manager").get(path, seen).body));
    }
}

TEST_CASE_FIXTURE(Hidden, "the timeline of what all see leaves out what happened to it") {
    const std::string organization = team.create("owner", "organizations", {{"name", "Other"}});
    for (const std::string& id : {own, others})
        REQUIRE(team.as("owner")
                    .request("PATCH", "/api/contacts/" + id,
                             R"({"organization_id":")" + organization + R"("})")
                    .status == 200);
    const std::string path = "/api/timeline/organization/" + organization;
    const Json full = body_of(team.as("manager").get(path, head()));
    CHECK(full.find("items")->array()->size() == 3);
    const HttpReply reply = team.as("member").get(path, head());
    CHECK_FALSE(tells(reply.body));
    const Json part = body_of(reply);
    CHECK(part.find("items")->array()->size() == 2);
    CHECK(part.find("pagination")->integer("total") == 2);
    CHECK(part.find("items")->array()->front().find("details")->find("via")->text("name") ==
          "Mine Person");
}

TEST_CASE_FIXTURE(Hidden, "event pages and single events show those of visible records") {
    const auto subjects = [&](const std::string& role) {
        std::set<std::string> found;
        const Json page =
            body_of(team.as(role).get("/api/events?types=contact.created&limit=1000"));
        for (const Json& event : *page.find("items")->array())
            found.insert(event.text("subject").substr(8));
        return found;
    };
    const auto of_member = subjects("member");
    CHECK(of_member.contains(own));
    CHECK(of_member.contains(unowned));
    CHECK_FALSE(of_member.contains(others));
    CHECK(subjects("manager").contains(others));

    const Json page = body_of(team.as("manager").get("/api/events?id=" + others));
    const std::string event = page.find("items")->array()->front().text("id");
    CHECK(status("manager", "/api/events/" + event) == 200);
    CHECK(status("member", "/api/events/" + event) == 404);
    CHECK(
        body_of(team.as("member").get("/api/events?id=" + others)).find("items")->array()->empty());
}

TEST_CASE_FIXTURE(Hidden, "a conversion and a restored reference tell nothing of a hidden record") {
    const std::string lead = team.create(
        "owner", "leads",
        {{"name", "Lead"}, {"owner_id", to_string(team.id_of("member"))}, {"contact_id", others}});
    const HttpReply converted =
        team.as("member").post("/api/leads/" + lead + "/convert", R"({"deal":null})");
    REQUIRE_MESSAGE(converted.status == 200, converted.body);
    CHECK(body_of(converted).find("contact")->is_null());
    CHECK_FALSE(tells(converted.body));

    // A deleted deal keeps the id of what is merged meanwhile.
    const std::string deal =
        team.create("member", "deals", {{"name", "Deal"}, {"contact_id", own}});
    const std::string path = "/api/deals/" + deal;
    REQUIRE(team.as("member").request("DELETE", path).status == 204);
    REQUIRE(
        team.as("owner")
            .post("/api/contacts/merge", R"({"into":")" + others + R"(","from":[")" + own + "\"]}")
            .status == 200);
    REQUIRE(team.as("member").request("POST", path + "/restore").status == 200);
    const HttpReply read = team.as("member").get(path);
    CHECK(read.status == 200);
    CHECK_FALSE(tells(read.body));
}

TEST_CASE_FIXTURE(Hidden, "what refers to a hidden record may be written back as it is read") {
    const std::string deal = team.create(
        "owner", "deals",
        {{"name", "Deal"}, {"owner_id", to_string(team.id_of("member"))}, {"contact_id", others}});
    const std::string path = "/api/deals/" + deal;
    const Json read = body_of(team.as("member").get(path));
    CHECK(read.text("contact_id") == others);
    CHECK(read.find("contact")->is_null());
    const HttpReply same = team.as("member").request("PUT", path, to_text(read));
    REQUIRE_MESSAGE(same.status == 200, same.body);
    CHECK(body_of(same) == read);
}

TEST_CASE_FIXTURE(Hidden, "streams of both forms go by what the record is now, from log and ring") {
    const HttpHeaders member = {{"Authorization", "Bearer " + team.token_of("member")}};
    SseStream stream(server.url() + "/api/events/stream?from=0&kind=contact", member);
    WebSocketClient socket(server.process().port(), "/api/events/ws?from=0&kind=contact", member);
    REQUIRE(stream.reply().status == 200);
    REQUIRE(socket.reply().status == 101);
    const auto change = [&](const std::string& id, const std::string& body) {
        REQUIRE(team.as("owner").request("PATCH", "/api/contacts/" + id, body).status == 200);
    };
    change(others, R"({"job_position":"Secret agent"})");
    change(own, R"({"owner_id":")" + to_string(team.id_of("sales")) + R"("})");
    change(own, R"({"job_position":"Secret keeper"})");
    change(others, R"({"owner_id":")" + to_string(team.id_of("member")) + R"("})");
    change(unowned, R"({"name":"The end"})");
    std::string all;
    bool has_gained = false;
    while (const auto message = stream.next()) {
        if (!message->event.empty()) continue; // a heartbeat
        const Json event = parse_json(message->data);
        // Nothing of the one given away once it is; all of the one received, once it is.
        CHECK_FALSE((event.text("subject") == "contact/" + own &&
                     message->data.find("keeper") != std::string::npos));
        has_gained = has_gained || event.text("subject") == "contact/" + others;
        if (message->data.find("The end") != std::string::npos) break;
    }
    CHECK(has_gained);
    bool has_ended = false;
    while (!has_ended) {
        const auto message = socket.next();
        REQUIRE(message.has_value());
        CHECK(message->find("keeper") == std::string::npos);
        has_ended = message->find("The end") != std::string::npos;
    }
}

TEST_CASE_FIXTURE(Hidden, "an open stream obeys what its reader may by now") {
    const HttpHeaders manager = {{"Authorization", "Bearer " + team.token_of("manager")}};
    SseStream stream(server.url() + "/api/events/stream", manager);
    REQUIRE(stream.reply().status == 200);
    const auto is_sent = [&](const std::string& name) {
        const std::string id = contact(name, to_string(team.id_of("sales")));
        const std::string end = contact(name + "End", nullptr);
        bool found = false;
        while (const auto message = stream.next()) {
            found = found || message->data.find(id) != std::string::npos;
            if (message->data.find(end) != std::string::npos) return found;
        }
        FAIL("the stream ended");
        return found;
    };
    CHECK(is_sent("First"));
    team.change_role("manager", "member");
    int n = 0;
    CHECK(wait_until([&] { return !is_sent("N" + std::to_string(++n)); }));
}

TEST_CASE_FIXTURE(Hidden, "an open stream ends for who is put out") {
    const HttpHeaders analyst = {{"Authorization", "Bearer " + team.token_of("analyst")}};
    SseStream stream(server.url() + "/api/events/stream", analyst);
    REQUIRE(stream.reply().status == 200);
    team.deactivate("analyst");
    const std::string last = contact("Last", nullptr);
    CHECK(stream.ended());
    std::string sent;
    while (const auto message = stream.next()) sent += message->event + message->data;
    CHECK(sent.find("closed") != std::string::npos);
    CHECK(sent.find(last) == std::string::npos);
}

TEST_CASE_FIXTURE(Hidden, "an import neither changes nor reveals what is hidden or not one's own") {
    const auto import = [&](const std::string& text, const std::string& query) {
        const HttpReply reply =
            team.as("member").post("/api/contacts/import" + query, text,
                                   {{"Content-Type", "text/csv"}, {"Prefer", "wait=30"}});
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        return body_of(reply);
    };
    const std::string rows = "name,email\nX,secret@example.com\nY,mine@example.com\n"
                             "Z,nobodys@example.com\n";
    const Json tried = import(rows, "?on_duplicate=update&dry_run=true");
    CHECK(tried.integer("created") == 1);
    CHECK(tried.integer("updated") == 1);
    CHECK(tried.integer("failed") == 1);
    const Json done = import(rows, "?on_duplicate=update");
    CHECK(done.integer("created") == 1); // the hidden one is no duplicate to them
    CHECK(done.integer("updated") == 1);
    CHECK(done.integer("failed") == 1); // seen, not theirs
    CHECK(done.find("errors")->array()->front().text("code") == "forbidden");
    CHECK(body_of(team.as("owner").get("/api/contacts/" + others)).text("name") == "Secret Person");
    CHECK(body_of(team.as("owner").get("/api/contacts/" + unowned)).text("name") ==
          "Nobodys Person");
    CHECK(body_of(team.as("owner").get("/api/contacts/" + own)).text("name") == "Y");

    const std::string path = "/api/imports/" + done.text("id");
    CHECK(status("member", path) == 200);
    CHECK(status("manager", path) == 200);
    for (const char* part : {"", "/errors"}) CHECK(status("analyst", path + part) == 404);
}

} // namespace throughline
