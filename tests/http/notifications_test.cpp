#include "bus/ids.hpp"
#include "handlers/notifications.hpp"
#include "tests/support/team.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

/// Two teams, and what tells their members something.
struct World {
    TestServer server{Team::environment()};
    Team ours{server, "ours"};
    Team theirs{server, "theirs"};
    Database app{server.database().url(), Role::app, 1};
    Database system{server.database().url(), Role::system, 1};
    Notifications notifications{app, system};

    std::string tell(const Team& team, const std::string& role, const std::string& message) {
        const Uuid id = new_id();
        notifications.add(
            {id, team.tenant(), team.id_of(role), "automation", "Title", message, {}});
        return to_string(id);
    }
    static std::string messages(const Json& page) {
        std::string all;
        for (const Json& item : *page.find("items")->array()) all += item.text("message") + " ";
        return all;
    }
    std::string listed(Team& team, const std::string& role, const std::string& query = "") {
        return messages(body_of(team.as(role).get("/api/notifications" + query)));
    }
    std::int64_t unread(Team& team, const std::string& role) {
        return body_of(team.as(role).get("/api/notifications/unread-count"))
            .integer("count")
            .value();
    }
};

} // namespace

TEST_CASE_FIXTURE(World, "everybody sees and reads their own notifications, and no other's") {
    const std::string first = tell(ours, "sales", "one");
    (void)tell(ours, "sales", "two");
    (void)tell(ours, "viewer", "three");
    const std::string foreign = tell(theirs, "sales", "four");
    CHECK(listed(ours, "sales") == "two one ");
    CHECK(listed(ours, "viewer") == "three ");
    CHECK(listed(ours, "owner") == "");
    CHECK(listed(theirs, "sales") == "four ");

    HttpClient& sales = ours.as("sales");
    const Json item = body_of(sales.get("/api/notifications")).find("items")->array()->back();
    CHECK(item.object()->size() == 6);
    CHECK(item.text("id") == first);
    CHECK(item.text("type") == "automation");
    CHECK(item.text("title") == "Title");
    CHECK(item.find("read_at")->is_null());
    CHECK(item.text("created_at").size() == 27);

    CHECK(unread(ours, "sales") == 2);
    for (const std::string& id : {foreign, to_string(new_id())})
        CHECK(sales.post("/api/notifications/" + id + "/read", "").status == 404);
    CHECK(ours.as("owner").post("/api/notifications/" + first + "/read", "").status == 404);
    const Json read = body_of(sales.post("/api/notifications/" + first + "/read", ""));
    CHECK(read.text("read_at") != "");
    CHECK(body_of(sales.post("/api/notifications/" + first + "/read", "")) == read);
    CHECK(listed(ours, "sales", "?unread=true") == "two ");
    CHECK(listed(ours, "sales", "?unread=false") == "two one ");
    CHECK(unread(ours, "sales") == 1);
    CHECK(body_of(sales.post("/api/notifications/read-all", "")).integer("count") == 0);
    CHECK(unread(ours, "sales") == 0);
    CHECK(unread(ours, "viewer") == 1);
    CHECK(unread(theirs, "sales") == 1);
}

TEST_CASE_FIXTURE(World, "notifications come page by page, and none twice") {
    for (int i = 0; i < 5; ++i) (void)tell(ours, "owner", std::to_string(i));
    std::string all;
    std::string query = "?limit=2";
    for (int pages = 0; !query.empty() && pages < 5; ++pages) {
        const Json page = body_of(ours.as("owner").get("/api/notifications" + query));
        all += messages(page);
        const std::string next = page.find("pagination")->text("next");
        CHECK(page.find("pagination")->integer("limit") == 2);
        (void)tell(ours, "owner", "later"); // moves no page that was not read yet
        query = next.empty() ? "" : "?limit=2&cursor=" + next;
        if (next.empty()) continue;
        // A cursor is of its list.
        const HttpReply other =
            ours.as("owner").get("/api/notifications?unread=true&cursor=" + next);
        CHECK(other.status == 400);
        CHECK(first_error(other) == "invalid_cursor cursor");
    }
    CHECK(all == "4 3 2 1 0 ");
    CHECK(ours.as("owner").get("/api/notifications?limit=0").status == 422);
    CHECK(ours.as("owner").get("/api/notifications?unread=perhaps").status == 422);
    CHECK(ours.as("owner").get("/api/notifications?read=true").status == 400);
}

TEST_CASE_FIXTURE(World, "under its key, all is marked as read once") {
    HttpClient& sales = ours.as("sales");
    const auto mark = [&](const std::string& key) {
        return sales.post("/api/notifications/read-all", "", {{"Idempotency-Key", key}});
    };
    const std::string first = tell(ours, "sales", "one");
    CHECK_FALSE(mark("k").header("Idempotency-Replayed"));
    (void)tell(ours, "sales", "two");
    CHECK(mark("k").header("Idempotency-Replayed") == "true");
    CHECK(unread(ours, "sales") == 1);
    CHECK(sales.post("/api/notifications/" + first + "/read", "", {{"Idempotency-Key", "k"}})
              .status == 422);
}
