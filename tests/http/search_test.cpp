#include "tests/support/team.hpp"

#include <doctest/doctest.h>

#include <set>

namespace throughline {
namespace {

using Titles = std::set<std::string>;

/// A tenant with a record of several kinds, one word in all of them.
struct Searched {
    TestServer server{Team::environment()};
    Team team{server};
    HttpHeaders seen;

    Searched() {
        make("contacts", {{"name", "Zoë Needle"}, {"owner_id", to_string(team.id_of("sales"))}});
        make("organizations", {{"name", "Needle Works"}});
        make("leads", {{"name", "Lead"}, {"company", "<Needle> & Sons"}});
        make("tasks", {{"name", "Call back"}, {"description", "about the needle"}});
        make("activities", {{"type", "note"}, {"subject", "Note"}, {"body", "a needle, found"}});
        make("messages", {{"channel", "email"},
                          {"direction", "in"},
                          {"subject", "Needles"},
                          {"body", "How much is one?"}});
    }

    void make(const std::string& plural, JsonObject fields) {
        const HttpReply reply = team.as("owner").post("/api/" + plural, to_text(Json(fields)));
        REQUIRE_MESSAGE(reply.status == 201, reply.body);
        seen = {{"Throughline-Min-Position", *reply.header("Throughline-Position")}};
    }
    HttpReply ask(const std::string& role, const std::string& query) {
        return team.as(role).get("/api/search?" + query, seen);
    }
    Json page(const std::string& role, const std::string& query) {
        const HttpReply reply = ask(role, query);
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        return body_of(reply);
    }
    Titles titles(const std::string& role, const std::string& query) {
        Titles found;
        const Json read = page(role, query);
        for (const Json& item : *read.find("items")->array()) found.insert(item.text("title"));
        return found;
    }
};

} // namespace

TEST_CASE_FIXTURE(Searched, "records of every kind are found, notes and messages too") {
    CHECK(titles("owner", "q=needle") ==
          Titles{"Zoë Needle", "Needle Works", "Lead", "Call back", "Note", "Needles"});
    CHECK(titles("owner", "q=NEEDLE&types=activity,messages") == Titles{"Note", "Needles"});
    CHECK(titles("owner", "q=zoe+need") == Titles{"Zoë Needle"});
    CHECK(titles("owner", "q=needle&user_id=" + to_string(team.id_of("sales"))) ==
          Titles{"Zoë Needle"});
    CHECK(titles("owner", "q=needle&from=2026-01-01&to=2026-01-02").empty());
    CHECK(titles("owner", "q=%3F%21").empty());
    const Json read = page("owner", "q=needle&types=lead");
    const Json& item = read.find("items")->array()->front();
    CHECK(item.text("type") == "lead");
    CHECK(to_text(*item.find("highlights")) ==
          R"({"company":"&lt;<mark>Needle</mark>&gt; &amp; Sons"})");
    CHECK(*item.find("score") == Json(JsonNumber{"0.75"}));
    CHECK(item.text("updated_at").ends_with("Z"));
    CHECK(read.find("pagination")->find("next")->is_null());
}

TEST_CASE_FIXTURE(Searched, "pages follow each other, and a cursor belongs to its search") {
    Titles seen_titles;
    std::string query = "q=needle&limit=2";
    std::string next;
    do {
        const Json read = page("owner", query + (next.empty() ? "" : "&cursor=" + next));
        for (const Json& item : *read.find("items")->array())
            CHECK(seen_titles.insert(item.text("title")).second);
        next = read.find("pagination")->text("next");
    } while (!next.empty());
    CHECK(seen_titles.size() == 6);
    const std::string first = page("owner", query).find("pagination")->text("next");
    CHECK(first_error(ask("owner", "q=other&cursor=" + first)) == "invalid_cursor cursor");
    CHECK(ask("owner", "q=needle&cursor=x").status == 400);
}

TEST_CASE_FIXTURE(Searched, "what is hidden is not found") {
    team.hide_others();
    CHECK(titles("sales", "q=zoe") == Titles{"Zoë Needle"});
    CHECK(titles("manager", "q=zoe") == Titles{"Zoë Needle"});
    CHECK(titles("member", "q=zoe").empty());
    CHECK(titles("member", "q=needle&user_id=" + to_string(team.id_of("sales"))).empty());
    CHECK(titles("member", "q=needle") == Titles{"Needle Works"});
}

TEST_CASE_FIXTURE(Searched, "a search that cannot be asked so is told why") {
    CHECK(first_error(ask("owner", "")) == "required q");
    CHECK(first_error(ask("owner", "q=a&types=contact,nothing")) == "invalid_choice types");
    CHECK(first_error(ask("owner", "q=a&user_id=me")) == "invalid_format user_id");
    CHECK(first_error(ask("owner", "q=a&from=yesterday")) == "invalid_format from");
    CHECK(first_error(ask("owner", "q=a&limit=201")) == "too_large limit");
    CHECK(ask("owner", "q=a&sort=name").status == 400);
    CHECK(ask("owner", "q=" + std::string(256, 'a')).status == 422);
    CHECK(ask("owner", "q=%27%3A*%26%7C%5C%00").status < 500);
    CHECK(ask("owner", "q=%27%3A*%26%7C%5C").status == 200);
}

} // namespace throughline
