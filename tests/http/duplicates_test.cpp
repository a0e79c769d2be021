#include "tests/support/team.hpp"

#include <doctest/doctest.h>

namespace throughline {
namespace {

/// A tenant with two contacts of one address, of two owners.
struct Doubled {
    TestServer server{Team::environment()};
    Team team{server};
    HttpHeaders seen;
    std::string first = contact("Zoe", "Zoe@Example.com", "sales");
    std::string second = contact("Zoë", "zoe@example.com ", "member");

    std::string contact(const std::string& name, const std::string& email,
                        const std::string& owner) {
        const JsonObject fields{
            {"name", name}, {"email", email}, {"owner_id", to_string(team.id_of(owner))}};
        const HttpReply reply = team.as("owner").post("/api/contacts", to_text(Json(fields)));
        REQUIRE_MESSAGE(reply.status == 201, reply.body);
        seen = {{"Throughline-Min-Position", *reply.header("Throughline-Position")}};
        return body_of(reply).text("id");
    }
    JsonArray groups(const std::string& role) {
        const HttpReply reply = team.as(role).get("/api/contacts/duplicates", seen);
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        const Json page = body_of(reply);
        CHECK(page.find("pagination")->find("next")->is_null());
        return *page.find("items")->array();
    }
};

} // namespace

TEST_CASE_FIXTURE(Doubled, "groups of records that may be one are listed, of those one sees") {
    const JsonArray found = groups("member");
    REQUIRE(found.size() == 1);
    CHECK(*found[0].find("ids") == Json(JsonArray{first, second}));
    CHECK(to_text(*found[0].find("reasons")) == R"(["email"])");
    CHECK(to_text(*found[0].find("score")) == "0.9");
    team.hide_others();
    CHECK(groups("manager").size() == 1);
    CHECK(groups("member").empty());
    CHECK(groups("sales").empty());
}

TEST_CASE_FIXTURE(Doubled, "each kind with a name, an address or a number has such groups") {
    HttpClient& viewer = team.as("viewer");
    for (const char* const plural :
         {"contacts", "organizations", "leads", "deals", "opportunities", "projects", "tasks"})
        CHECK(viewer.get("/api/" + std::string(plural) + "/duplicates").status == 200);
    CHECK(viewer.get("/api/messages/duplicates").status == 404);
    CHECK(viewer.get("/api/contacts/duplicates?limit=0").status == 422);
    CHECK(first_error(viewer.get("/api/contacts/duplicates?cursor=x")) == "invalid_cursor cursor");
    CHECK(viewer.get("/api/contacts/duplicates?q=x").status == 400);
}

} // namespace throughline
