#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

#include <array>
#include <optional>

using namespace throughline;

namespace {

/// A deal that was made while the pipeline had no open stage.
struct DealWithoutStage {
    TestServer server;
    HttpClient client = server.new_tenant();
    std::string id;
    std::string path;
    std::string made;

    DealWithoutStage() {
        set_open_stages(client, {});
        const Json deal = create_record(client, "/api/deals", R"({"name":"old"})");
        id = deal.text("id");
        path = "/api/deals/" + id;
        made = to_text(deal);
        set_open_stages(client, {"new", "proposal"});
        REQUIRE(has_none(id));
    }
    HttpReply done(const std::string& method, const std::string& target,
                   const std::optional<std::string>& body = std::nullopt) {
        HttpReply reply = client.request(method, target, body);
        REQUIRE_MESSAGE(reply.status < 300, reply.body);
        return reply;
    }
    Json stage_of(const std::string& deal) {
        return *body_of(client.get("/api/deals/" + deal)).find("stage");
    }
    bool has_none(const std::string& deal) { return stage_of(deal).is_null(); }
};

} // namespace

TEST_CASE("what a record always has is its initial value instead of null, and is not cleared") {
    TestServer server;
    HttpClient client = server.new_tenant();
    for (const auto& [plural, fields, member, initial] : std::vector<std::array<std::string, 4>>{
             {"contacts", R"("name":"x")", "status", "new"},
             {"leads", R"("name":"x")", "status", "new"},
             {"deals", R"("name":"x")", "stage", "new"},
             {"deals", R"("name":"x","value":1)", "currency", "USD"},
             {"projects", R"("name":"x")", "status", "planned"},
             {"tasks", R"("name":"x")", "status", "pending"},
             {"activities", R"("type":"call","subject":"x")", "status", "planned"}}) {
        CAPTURE(plural);
        const std::string null = "\"" + member + "\":null}";
        const Json made = create_record(client, "/api/" + plural, "{" + fields + "," + null);
        CHECK(made.text(member) == initial);
        const std::string path = "/api/" + plural + "/" + made.text("id");
        for (const auto* const method : {"PATCH", "PUT"})
            CHECK(first_error(client.request(method, path, "{" + null)) == "required /" + member);
        CHECK(body_of(client.get(path)) == made);
    }
}

TEST_CASE("null for a currency is the tenant's, also in a line of an import") {
    TestServer server;
    HttpClient client = server.new_tenant();
    REQUIRE(client.request("PATCH", "/api/tenant", R"({"currency":"EUR"})").status == 200);
    const Json made =
        create_record(client, "/api/deals", R"({"name":"x","stage":null,"currency":null})");
    CHECK(made.text("currency") == "EUR");
    const auto import = [&](const std::string& query, const std::string& value) {
        HttpReply file = client.post(
            "/api/deals/import" + query,
            R"({"name":"x","stage":null,"currency":null,"metadata":{"external_id":"7"},"value":)" +
                value + "}\n",
            {{"Content-Type", "application/x-ndjson"}, {"Prefer", "wait=30"}});
        REQUIRE_MESSAGE(file.status == 200, file.body);
        return file;
    };
    const HttpReply file = import("", "1");
    std::string imported;
    const Json page = body_of(client.get(
        "/api/deals", {{"Throughline-Min-Position", *file.header("Throughline-Position")}}));
    REQUIRE(page.find("items")->array()->size() == 2);
    for (const Json& deal : *page.find("items")->array()) {
        CHECK(deal.text("currency") == "EUR");
        CHECK(deal.text("stage") == "new");
        if (deal.text("id") != made.text("id")) imported = deal.text("id");
    }
    // Sent again it says nothing of them.
    (void)body_of(client.request("PATCH", "/api/deals/" + imported, R"({"stage":"proposal"})"));
    for (const auto* const query : {"?on_duplicate=update&dry_run=true", "?on_duplicate=update"}) {
        CAPTURE(query);
        const HttpReply again = import(query, "2");
        CHECK_MESSAGE(body_of(again).integer("updated") == 1, again.body);
    }
    const Json deal = body_of(client.get("/api/deals/" + imported));
    CHECK(deal.integer("value") == 2);
    CHECK(deal.text("stage") == "proposal");
    CHECK(deal.text("currency") == "EUR");
}

TEST_CASE_FIXTURE(DealWithoutStage, "a null that a record has is repeated, until it has a value") {
    CHECK(body_of(done("PUT", path, made)) == parse_json(made));
    const Json changed = body_of(done("PATCH", path, R"({"stage":null,"value":7})"));
    CHECK(changed.find("stage")->is_null());
    CHECK(changed.integer("value") == 7);
    (void)done("PATCH", path, R"({"stage":"new"})");
    CHECK(first_error(client.request("PATCH", path, R"({"stage":null})")) == "required /stage");
}

TEST_CASE_FIXTURE(DealWithoutStage, "undo, restore and merge bring a null back as any value") {
    const HttpReply moved = done("PATCH", path, R"({"stage":"new"})");
    (void)done("POST", "/api/undo",
               R"({"position":)" + *moved.header("Throughline-Position") + "}");
    CHECK(has_none(id));
    (void)done("DELETE", path);
    (void)done("POST", path + "/restore");
    CHECK(has_none(id));
    const std::string other =
        create_record(client, "/api/deals", R"({"name":"x","stage":"proposal"})").text("id");
    (void)done("POST", "/api/deals/merge",
               R"({"into":")" + other + R"(","from":[")" + id + R"("],"fields":{"stage":")" + id +
                   "\"}}");
    CHECK(has_none(other));
    (void)done("POST", "/api/deals/" + other + "/unmerge", R"({"id":")" + id + "\"}");
    CHECK(stage_of(other) == Json("proposal"));
    CHECK(has_none(id));
}
