#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace throughline {
namespace {

const Json& at(const Json& value, std::string_view name) {
    const Json* found = value.find(name);
    REQUIRE_MESSAGE(found != nullptr, "no member " << name << " in " << to_text(value));
    return *found;
}

/// Lives as long as the page: name the page where items are walked through.
const JsonArray& items_of(const Json& page) { return *at(page, "items").array(); }

std::string position_of(const HttpReply& reply) {
    const auto position = reply.header("Throughline-Position");
    REQUIRE(position.has_value());
    return *position;
}

} // namespace

TEST_CASE("a contact is created, read, changed, deleted and restored") {
    TestServer server;
    HttpClient client = server.new_tenant();

    const HttpReply created = client.post(
        "/api/contacts",
        R"({"name":" Ada ","email":"Ada@Example.com","organization":"Acme","tags":["a","A","b"]})");
    REQUIRE_MESSAGE(created.status == 201, created.body);
    const Json contact = body_of(created);
    CHECK(contact.text("name") == "Ada");
    CHECK(contact.text("email") == "Ada@Example.com");
    CHECK(contact.text("organization") == "Acme");
    CHECK(contact.text("status") == "new");
    CHECK(contact.text("owner") == "Olive Owner");
    CHECK(to_text(at(contact, "tags")) == R"(["a","b"])");
    CHECK(created.header("ETag") == "\"1\"");
    const std::string path = *created.header("Location");
    CHECK(path == "/api/contacts/" + contact.text("id"));

    const HttpReply read = client.get("/api/v1/contacts/" + contact.text("id"));
    CHECK(read.status == 200);
    CHECK(body_of(read) == contact);

    const HttpReply patched =
        client.request("PATCH", path, R"({"status":"Qualified","phone":"+1 555 0100"})");
    REQUIRE_MESSAGE(patched.status == 200, patched.body);
    CHECK(body_of(patched).text("status") == "qualified");
    CHECK(body_of(patched).integer("version") == 3); // contact.updated and contact.status_changed

    const HttpReply same = client.request("PATCH", path, R"({"status":"qualified"})");
    CHECK(same.status == 200);
    CHECK(body_of(same).integer("version") == 3);

    const HttpReply put = client.request("PUT", path, client.get(path).body);
    CHECK_MESSAGE(put.status == 200, put.body);

    CHECK(client.request("DELETE", path).status == 204);
    CHECK(client.get(path).status == 404);
    CHECK(client.request("DELETE", path).status == 404);
    CHECK(client.get(path + "/history").status == 200);
    const HttpReply restored = client.request("POST", path + "/restore");
    CHECK_MESSAGE(restored.status == 200, restored.body);
    CHECK(body_of(restored).text("phone") == "+1 555 0100");
    CHECK(client.request("POST", path + "/restore").status == 409);
}

TEST_CASE("an organization is linked by name, by id, and never made twice") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const Json first = create_contact(client, R"({"name":"A","organization":"Globex"})");
    const Json second = create_contact(client, R"({"name":"B","organization":"GLOBEX"})");
    CHECK(first.text("organization_id") == second.text("organization_id"));
    const Json third = create_contact(client, R"({"name":"C","organization_id":")" +
                                                  first.text("organization_id") + "\"}");
    CHECK(third.text("organization") == "Globex");
    CHECK(first_error(client.post(
              "/api/contacts",
              R"({"name":"D","organization_id":"01890000-0000-7000-8000-000000000000"})")) ==
          "unknown_reference /organization_id");
    CHECK(
        first_error(client.post("/api/contacts", R"({"name":"D","owner":"nobody@example.com"})")) ==
        "unknown_reference /owner");
    const HttpReply cleared =
        client.request("PATCH", "/api/contacts/" + first.text("id"), R"({"organization":null})");
    CHECK(at(body_of(cleared), "organization_id").is_null());
}

TEST_CASE("every kind with an organization links one by name, or makes it") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const std::string name = R"("organization":"Globex")";
    std::string organization;
    for (const auto& [plural, fields] : std::vector<std::pair<std::string, std::string>>{
             {"contacts", R"("name":"x")"},
             {"leads", R"("name":"x")"},
             {"deals", R"("name":"x")"},
             {"projects", R"("name":"x")"},
             {"tasks", R"("name":"x")"},
             {"activities", R"("type":"call","subject":"x")"},
             {"messages", R"("channel":"chat","direction":"in","body":"x")"}}) {
        const HttpReply made = client.post("/api/" + plural, "{" + fields + "," + name + "}");
        REQUIRE_MESSAGE(made.status == 201, plural, made.body);
        const Json record = body_of(made);
        CHECK(record.text("organization") == "Globex");
        if (organization.empty()) organization = record.text("organization_id");
        CHECK(record.text("organization_id") == organization);
        const HttpReply changed =
            client.request("PATCH", "/api/" + plural + "/" + record.text("id"),
                           R"({"organization":"New of )" + plural + "\"}");
        REQUIRE_MESSAGE(changed.status == 200, plural, changed.body);
        CHECK(body_of(changed).text("organization") == "New of " + plural);
    }
}

TEST_CASE("stale edits are refused with what changed since") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const std::string path =
        "/api/contacts/" + create_contact(client, R"({"name":"A"})").text("id");
    CHECK(client.request("PATCH", path, R"({"name":"B"})", {{"If-Match", "\"1\""}}).status == 200);
    const HttpReply stale =
        client.request("PATCH", path, R"({"phone":"1"})", {{"If-Match", "\"1\""}});
    CHECK(stale.status == 412);
    CHECK(body_of(stale).integer("current_version") == 2);
    CHECK(to_text(at(body_of(stale), "changed")) == R"(["name"])");
    CHECK(client.request("DELETE", path, std::nullopt, {{"If-Match", "\"1\""}}).status == 412);
}

TEST_CASE("If-Match takes lists of ETags, compared strongly") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const std::string path =
        "/api/contacts/" + create_contact(client, R"({"name":"A"})").text("id");
    const auto answer = [&](const std::string& tags) {
        return client.request("PATCH", path, R"({"name":"A"})", {{"If-Match", tags}});
    };
    for (const char* tags : {R"("1")", R"("1", "2")", R"("7","1")", R"(W/"1", "1")", R"("a,b","1")",
                             R"(,, "1" ,)", "*", "1"})
        CHECK_MESSAGE(answer(tags).status == 200, tags);
    for (const char* tags : {R"("2")", R"("2", "3")", R"(W/"1")", R"("01")", R"("x")", R"("")",
                             R"("99999999999999999999")"}) {
        const HttpReply stale = answer(tags);
        CHECK_MESSAGE(stale.status == 412, tags);
        CHECK(body_of(stale).integer("current_version") == 1);
    }
    for (const char* tags : {R"("1)", R"("1" "2")", R"(*, "1")", "x", ",", ""})
        CHECK_MESSAGE(answer(tags).status == 400, tags);
}

TEST_CASE("a change that changes nothing tells where the log stands") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const HttpReply made = client.post("/api/contacts", R"({"name":"A"})");
    const HttpReply same =
        client.request("PATCH", "/api/contacts/" + body_of(made).text("id"), R"({"name":"A"})");
    CHECK(same.status == 200);
    CHECK(body_of(same).integer("version") == 1);
    const std::string position = same.header("Throughline-Position").value_or("0");
    CHECK(std::stoll(position) >= std::stoll(*made.header("Throughline-Position")));
    CHECK(client.get("/api/contacts", {{"Throughline-Min-Position", position}}).status == 200);
    CHECK(client.request("PATCH", "/api/me", R"({"name":"Olive Owner"})")
              .header("Throughline-Position")
              .has_value());
}

TEST_CASE("an idempotency key takes effect once and replays its answer") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const HttpHeaders key = {{"Idempotency-Key", "order-1"}};
    const HttpReply first = client.post("/api/contacts", R"({"name":"Once"})", key);
    REQUIRE(first.status == 201);
    REQUIRE(client.request("PATCH", *first.header("Location"), R"({"name":"Later"})").status ==
            200);
    const HttpReply again =
        client.post("/api/contacts", R"({"name":"Once"})", {{"Idempotency-Key", "\"order-1\""}});
    CHECK(again.status == 201);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(again.body == first.body);
    CHECK(position_of(again) == position_of(first));
    CHECK(client.post("/api/contacts", R"({"name":"Other"})", key).status == 422);
    CHECK(client.post("/api/contacts", "{}", {{"Idempotency-Key", "refused"}}).status == 422);
    CHECK(client.post("/api/contacts", R"({"name":"Now right"})", {{"Idempotency-Key", "refused"}})
              .status == 201);
    client.set_patience({});
    const HttpReply list =
        client.get("/api/contacts?count=true", {{"Throughline-Min-Position", "100"}});
    CHECK(list.status == 503); // there is no such position yet
    CHECK(list.header("Throughline-Position").has_value());
}

TEST_CASE("imports and what is known of a person are read at a position, too") {
    TestServer server;
    HttpClient client = server.new_tenant();
    client.set_patience({});
    const std::string id = "0190a7c0-0000-7000-8000-0000000000ad";
    for (const std::string& path : {"/api/imports/" + id, "/api/imports/" + id + "/errors",
                                    "/api/contacts/" + id + "/subject-export"}) {
        const HttpReply reply = client.get(path, {{"Throughline-Min-Position", "1000"}});
        CHECK_MESSAGE(reply.status == 503, path);
        CHECK(reply.header("Throughline-Position").has_value());
    }
}

TEST_CASE("lists filter, sort, select and page at a position") {
    TestServer server;
    HttpClient client = server.new_tenant();
    std::string last;
    for (int i = 0; i < 25; ++i) {
        const std::string number = std::to_string(i);
        const HttpReply made =
            client.post("/api/contacts", R"({"name":"Person )" + number + R"(","email":"p)" +
                                             number + R"(@example.com","metadata":{"tier":")" +
                                             (i % 2 == 0 ? "gold" : "tin") + R"("}})");
        REQUIRE(made.status == 201);
        last = position_of(made);
    }
    client.set_header("Throughline-Min-Position", last);
    const Json gold =
        body_of(client.get("/api/contacts?filter[metadata.tier]=GOLD&count=true&limit=5"));
    CHECK(items_of(gold).size() == 5);
    CHECK(at(gold, "pagination").integer("total") == 13);
    std::string cursor;
    std::vector<std::string> names;
    do {
        const Json page = body_of(client.get("/api/contacts?sort=-name&limit=7&fields=name" +
                                             (cursor.empty() ? "" : "&cursor=" + cursor)));
        for (const Json& item : items_of(page)) {
            CHECK(item.object()->size() == 3); // id, version, name
            names.push_back(item.text("name"));
        }
        cursor = at(page, "pagination").text("next");
    } while (!cursor.empty());
    CHECK(names.size() == 25);
    CHECK(std::is_sorted(names.rbegin(), names.rend()));
    CHECK(items_of(body_of(client.get("/api/contacts?filter%5Bemail%5D=P7@EXAMPLE.COM"))).size() ==
          1);
    CHECK(items_of(body_of(client.get("/api/contacts?q=person%201"))).size() ==
          11); // 1 and 10 to 19
    CHECK(client.get("/api/contacts?filter[nmae]=x").status == 400);
    CHECK(client.get("/api/contacts?as_off=3").status == 400);
    CHECK(client.get("/api/contacts?limit=201").status == 422);
    CHECK(first_error(client.get("/api/contacts?cursor=nonsense")) == "invalid_cursor cursor");
}

TEST_CASE("audit log and timeline tell every change, also of a moved link") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const Json contact = create_contact(client, R"({"name":"Ada","organization":"Acme"})");
    const std::string path = "/api/contacts/" + contact.text("id");
    REQUIRE(client.request("PATCH", path, R"({"status":"qualified"})").status == 200);
    REQUIRE(client.request("PATCH", path, R"({"job_position":"Analyst"})").status == 200);
    const HttpReply moved = client.request("PATCH", path, R"({"organization":"Globex"})");
    REQUIRE(moved.status == 200);
    client.set_header("Throughline-Min-Position", position_of(moved));

    const auto summaries = [&](const std::string& entity) {
        std::vector<std::string> lines;
        const Json page = body_of(client.get("/api/timeline/" + entity));
        for (const Json& item : items_of(page)) lines.push_back(item.text("summary"));
        return lines;
    };
    const std::vector<std::string> expected = {
        "Organization changed: Acme → Globex", "Job position changed: none → Analyst",
        "Status changed: New → Qualified", "Created contact"};
    CHECK(summaries("contact/" + contact.text("id")) == expected);
    const auto old_link = summaries("organization/" + contact.text("organization_id"));
    CHECK(old_link.front() == "Organization changed: Acme → Globex");
    CHECK(old_link.back() == "Created organization");
    const auto new_link = summaries("organizations/" + body_of(moved).text("organization_id"));
    CHECK(new_link.front() == "Organization changed: Acme → Globex");
    CHECK(client.get("/api/timeline/spaceship/" + contact.text("id")).status == 422);
    CHECK(client.get("/api/timeline/organization/" + contact.text("id")).status == 404);

    const Json audit =
        body_of(client.get("/audit-logs?entity_type=Contact&action_type=status_change"));
    REQUIRE(items_of(audit).size() == 1);
    const Json& item = items_of(audit).front();
    CHECK(item.text("event") == "contact.status_changed");
    CHECK(item.text("action") == "STATUS_CHANGE");
    CHECK(item.text("channel") == "user");
    CHECK(at(item, "user").text("email") == "owner@example.com");
    CHECK(at(item, "before").text("status") == "new");
    CHECK(at(item, "after").text("status") == "qualified");
    CHECK(at(audit, "pagination").integer("total") == 1);
    CHECK(client.get("/api/audit-logs?limit=201").status == 422);
    CHECK(client.get("/api/audit-logs?offset=10001").status == 422);
    CHECK(client.get("/api/audit-logs?start_date=yesterday").status == 422);
    CHECK(items_of(body_of(client.get("/api/audit-logs?end_date=2001-01-01"))).empty());
    CHECK(items_of(body_of(client.get("/api/audit-logs/entity/contacts/" + contact.text("id"))))
              .size() == 4);
    const HttpReply csv = client.get("/api/audit-logs/export?format=csv&entity_type=contact");
    CHECK(csv.status == 200);
    CHECK(std::count(csv.body.begin(), csv.body.end(), '\n') == 5);
    CHECK(items_of(body_of(client.get(path + "/history"))).size() == 4);
}

TEST_CASE("tenants do not see each other") {
    TestServer server;
    HttpClient client = server.new_tenant();
    HttpClient other = server.new_tenant("other@example.com");
    const Json contact = create_contact(client, R"({"name":"Mine","organization":"Acme"})");
    const std::string id = contact.text("id");
    for (const std::string& path :
         {"/api/contacts/" + id, "/api/contacts/" + id + "/history", "/api/timeline/contact/" + id})
        CHECK(other.get(path).status == 404);
    CHECK(other.request("PATCH", "/api/contacts/" + id, R"({"name":"Theirs"})").status == 404);
    CHECK(other.request("DELETE", "/api/contacts/" + id).status == 404);
    CHECK(first_error(other.post("/api/contacts", R"({"name":"X","organization_id":")" +
                                                      contact.text("organization_id") + "\"}")) ==
          "unknown_reference /organization_id");
    const Json mine = create_contact(other, R"({"name":"X","organization":"Acme"})");
    CHECK(mine.text("organization_id") != contact.text("organization_id"));
    const Json events = body_of(other.get("/api/events"));
    for (const Json& event : items_of(events)) CHECK(event.text("subject") != "contact/" + id);
}

TEST_CASE("an external id that no index can hold does not stop the list") {
    TestServer server;
    HttpClient client = server.new_tenant();
    std::string random;
    for (unsigned i = 0, x = 1; i < 6000; ++i, x = x * 1103515245 + 12345)
        random += static_cast<char>('a' + (x >> 16) % 26);
    const HttpReply made = client.post(
        "/api/contacts", R"({"name":"A","metadata":{"external_id":")" + random + R"("}})");
    REQUIRE(made.status == 201);
    const HttpReply listed =
        client.get("/api/contacts", {{"Throughline-Min-Position", position_of(made)}});
    CHECK(listed.status == 200);
    CHECK(items_of(body_of(listed)).size() == 1);
    CHECK(client.get("/ready").body.find("degraded") == std::string::npos);
}

TEST_CASE("what was written is proven by verify") {
    TestServer server;
    HttpClient client = server.new_tenant();
    std::string last;
    for (int i = 0; i < 20; ++i) {
        const Json contact = create_contact(client, R"({"name":"A","organization":"O)" +
                                                        std::to_string(i % 3) + "\"}");
        last = position_of(client.request("PATCH", "/api/contacts/" + contact.text("id"),
                                          R"({"status":"active"})"));
    }
    REQUIRE(client.get("/api/contacts", {{"Throughline-Min-Position", last}}).status == 200);
    REQUIRE(client.get("/api/audit-logs", {{"Throughline-Min-Position", last}}).status == 200);
    const FinishedProcess verified = server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
    CHECK(verified.output.find("list_contact: 20 rows") != std::string::npos);
}

} // namespace throughline
