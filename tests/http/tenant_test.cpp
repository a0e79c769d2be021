#include "domain/time.hpp"
#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

HttpReply change(HttpClient& client, const std::string& patch, const HttpHeaders& headers = {}) {
    return client.request("PATCH", "/api/tenant", patch, headers);
}

/// The first item of the tenant's own history.
Json last_audit(HttpClient& client, const std::string& tenant, const HttpReply& written) {
    const Json page = body_of(
        client.get("/api/audit-logs/entity/tenant/" + tenant,
                   {{"Throughline-Min-Position", *written.header("Throughline-Position")}}));
    return page.find("items")->array()->front();
}

} // namespace

TEST_CASE("a tenant's settings are read, changed, and audited with what they were") {
    TestServer server;
    HttpClient client = server.new_tenant("ada@example.com");
    const HttpReply read = client.get("/api/tenant");
    REQUIRE_MESSAGE(read.status == 200, read.body);
    CHECK(read.header("ETag") == "\"1\"");
    const Json before = body_of(read);
    CHECK(before.text("slug") == "tenant-of-ada-example-com");
    CHECK(before.text("record_visibility") == "tenant");
    CHECK(before.integer("high_value_threshold") == 10000);
    CHECK(before.find("pipeline_stages")->array()->size() == 6);

    const HttpReply changed = change(client, R"({"timezone":"Europe/Paris","default_region":"FR",
        "currency":"EUR","record_visibility":"own","http_allowlist":["*.example.com"],
        "high_value_threshold":"2500.50","pipeline_stages":[
            {"key":"won","name":"Won","probability":100},
            {"key":"lost","name":"Lost","probability":0}]})");
    REQUIRE_MESSAGE(changed.status == 200, changed.body);
    CHECK(changed.header("ETag") == "\"2\"");
    CHECK(changed.body.find(R"("high_value_threshold":2500.50)") != std::string::npos);
    CHECK(body_of(client.get("/api/tenant")) == body_of(changed));
    const Json item = last_audit(client, before.text("id"), changed);
    CHECK(item.text("action") == "UPDATE");
    CHECK(item.find("before")->text("currency") == "USD");
    CHECK(item.find("after")->text("currency") == "EUR");
    CHECK(item.find("before")->find("name") == nullptr);

    const HttpReply same = change(client, R"({"currency":"EUR"})");
    CHECK(same.status == 200);
    CHECK(same.header("ETag") == "\"2\"");
    CHECK(body_of(change(client, R"({"currency":null})")).text("currency") == "USD");
    CHECK(change(client, R"({"currency":"GBP"})", {{"If-Match", "\"1\""}}).status == 412);
    CHECK(first_error(change(client, R"({"timezone":"Mars/Olympus"})")) ==
          "invalid_format /timezone");
    const Json faulty = body_of(change(client, R"({"timezone":"Mars","currency":"xx","zz":1})"));
    std::string all;
    for (const Json& error : *faulty.find("errors")->array())
        all += error.text("code") + " " + error.text("pointer") + " ";
    CHECK(all == "invalid_format /timezone unknown_field /zz invalid_format /currency ");
    CHECK(first_error(change(client, R"({"created_at":"2026-01-01T00:00:00Z"})")) ==
          "read_only /created_at");
    const FinishedProcess verified = server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
}

TEST_CASE("a new slug is the tenant's at once, the old one nobody else's") {
    TestServer server;
    HttpClient ada = server.new_tenant("ada@example.com");
    HttpClient bob = server.new_tenant("bob@example.com");
    CHECK(ada.get("/api/me", {{"X-Tenant-ID", "tenant-of-ada-example-com"}}).status == 200);
    const HttpReply taken = change(ada, R"({"slug":"tenant-of-bob-example-com"})");
    CHECK(taken.status == 409);
    CHECK(first_error(taken) == "taken /slug");

    REQUIRE(change(ada, R"({"slug":"acme"})").status == 200);
    CHECK(ada.get("/api/me", {{"X-Tenant-ID", "acme"}}).status == 200);
    CHECK(ada.get("/api/me", {{"X-Tenant-ID", "tenant-of-ada-example-com"}}).status == 403);
    CHECK(body_of(ada.get("/api/me")).find("tenant")->text("slug") == "acme");
    const HttpReply released = change(bob, R"({"slug":"tenant-of-ada-example-com"})");
    CHECK(released.status == 409);
    CHECK(first_error(released) == "taken /slug");
    const auto registered = [&](const Json& slug) {
        return server.anonymous().post(
            "/api/auth/register", to_text(JsonObject{{"tenant_name", "Tenant of ada@example.com"},
                                                     {"name", "Cy"},
                                                     {"email", "cy@example.com"},
                                                     {"password", "correct horse"},
                                                     {"tenant_slug", slug}}));
    };
    const HttpReply asked_for = registered(Json("tenant-of-ada-example-com"));
    CHECK(asked_for.status == 409);
    CHECK(first_error(asked_for) == "taken /tenant_slug");
    const HttpReply made = registered(Json());
    REQUIRE_MESSAGE(made.status == 201, made.body);
    CHECK(body_of(made).find("tenant")->text("slug") == "tenant-of-ada-example-com-2");
    // Its own tenant takes it back.
    REQUIRE(change(ada, R"({"slug":"tenant-of-ada-example-com"})").status == 200);
    CHECK(ada.get("/api/me", {{"X-Tenant-ID", "tenant-of-ada-example-com"}}).status == 200);
    CHECK(ada.get("/api/me", {{"X-Tenant-ID", "acme"}}).status == 403);
    const FinishedProcess verified = server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
}

TEST_CASE("the tenant's time zone counts for whoever chose none") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    const std::string tomorrow =
        to_rfc3339(Time(std::chrono::sys_days(today + std::chrono::days(1)))).substr(0, 10);
    const auto audited = [&] {
        const Json page = body_of(client.get("/api/audit-logs?start_date=" + tomorrow));
        return page.find("pagination")->integer("total").value_or(-1) > 0;
    };
    CHECK_FALSE(audited());
    const HttpReply written = change(client, R"({"timezone":"Pacific/Kiritimati"})");
    CHECK(client
              .get("/api/audit-logs",
                   {{"Throughline-Min-Position", *written.header("Throughline-Position")}})
              .status == 200);
    const bool is_tomorrow_there =
        std::chrono::system_clock::now() - today >= std::chrono::hours(10);
    CHECK(audited() == is_tomorrow_there);
}

TEST_CASE("a number without a country code is one of the tenant's region") {
    TestServer server;
    HttpClient client = server.new_tenant();
    HttpHeaders after;
    const auto add = [&](const std::string& name, const std::string& phone) {
        const HttpReply reply =
            client.post("/api/contacts", to_text(JsonObject{{"name", name}, {"phone", phone}}));
        REQUIRE_MESSAGE(reply.status == 201, reply.body);
        after = {{"Throughline-Min-Position", *reply.header("Throughline-Position")}};
        return body_of(reply).text("id");
    };
    const auto found = [&](const std::string& number, const std::string& op = "eq") {
        const HttpReply reply =
            client.get("/api/contacts?sort=name&filter[phone][" + op + "]=" + number, after);
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        std::string names;
        const Json page = body_of(reply);
        for (const Json& contact : *page.find("items")->array())
            names += contact.text("name") + " ";
        return names;
    };
    const std::string old = add("old", "020 7946 0000");
    CHECK(found("%2B442079460000").empty());
    REQUIRE(change(client, R"({"default_region":"GB"})").status == 200);
    const std::string national = add("national", "(020) 7946 0000");
    const std::string abroad = add("abroad", "+44 20 7946 0000");
    CHECK(found("%2B442079460000") == "abroad national old ");
    CHECK(found("020%207946%200000") == "abroad national old ");
    CHECK(found("020%207946%200000", "ne").empty());
    CHECK(found("020%207946", "starts_with") == "abroad national old ");
    CHECK(found("0207%20946", "contains") == "abroad national old ");
    CHECK(found("946%200", "contains") == "abroad national old ");
    CHECK(found("0044%2020", "starts_with") == "abroad national old ");
    CHECK(found("0161", "starts_with").empty());
    const Json groups = body_of(client.get("/api/contacts/duplicates", after));
    REQUIRE(groups.find("items")->array()->size() == 1);
    CHECK(*groups.find("items")->array()->front().find("ids") ==
          Json(JsonArray{old, national, abroad}));

    const std::string then = after.front().second;
    const HttpReply renamed =
        client.request("PATCH", "/api/contacts/" + national, R"({"name":"renamed"})");
    REQUIRE_MESSAGE(renamed.status == 200, renamed.body);
    after = {{"Throughline-Min-Position", *renamed.header("Throughline-Position")}};
    CHECK(found("%2B442079460000&as_of=" + then) == "abroad national old ");
    CHECK(server.process().run({"verify"}).status == 0);
    CHECK(server.process().run({"rebuild", "list_contact"}).status == 0);
    CHECK(found("%2B442079460000") == "abroad old renamed ");
    const HttpReply without = change(client, R"({"default_region":null})");
    REQUIRE_MESSAGE(without.status == 200, without.body);
    after = {{"Throughline-Min-Position", *without.header("Throughline-Position")}};
    CHECK(found("%2B442079460000") == "abroad ");
    CHECK(found("020%207946%200000") == "old renamed ");
    CHECK(server.process().run({"verify"}).status == 0);
}
