#include "tests/support/team.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

using namespace throughline;

namespace {

const char* const unknown_id = "01890a5d-ac96-774b-bcce-b302099a8057";

struct World {
    TestServer server;
    HttpClient client = server.new_tenant();

    std::string create(const std::string& plural, const std::string& body) {
        return create_record(client, "/api/" + plural, body).text("id");
    }
    HttpHeaders seen() {
        const Json page = body_of(client.get("/api/events?limit=1"));
        return {{"Throughline-Min-Position", std::to_string(*page.integer("head"))}};
    }
    HttpReply bulk(const std::string& plural, const std::string& body, HttpHeaders more = {}) {
        HttpHeaders headers = seen();
        headers.insert(headers.end(), more.begin(), more.end());
        return client.post("/api/" + plural + "/bulk", body, headers);
    }
    std::int64_t head() { return *body_of(client.get("/api/events?limit=1")).integer("head"); }
};

/// "2 matched 1 succeeded 0 unchanged 1 failed"
std::string counts(const HttpReply& reply) {
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    const Json body = body_of(reply);
    std::string text;
    for (const char* const name : {"matched", "succeeded", "unchanged", "failed"})
        text += std::to_string(body.integer(name).value_or(-1)) + " " + name + " ";
    text.pop_back();
    CHECK(body.find("results")->array()->size() ==
          static_cast<std::size_t>(*body.integer("matched")));
    return text;
}

const Json& result(const Json& body, std::size_t i) { return body.find("results")->array()->at(i); }

} // namespace

TEST_CASE_FIXTURE(World, "records that a filter takes are changed, each with its result") {
    const std::string a = create("deals", R"({"name":"a","value":5})");
    const std::string b = create("deals", R"({"name":"b","value":15})");
    const std::string c = create("deals", R"({"name":"c","value":25,"stage":"proposal"})");
    const HttpReply reply = bulk("deals", R"({"action":"update","filter":{"value":{"gte":15}},
                                              "changes":{"stage":"Proposal"}})");
    CHECK(counts(reply) == "2 matched 1 succeeded 1 unchanged 0 failed");
    const Json body = body_of(reply);
    CHECK(result(body, 0).text("id") == b);
    CHECK(result(body, 0).text("status") == "succeeded");
    CHECK(result(body, 0).integer("version") == 2);
    CHECK(result(body, 1).text("id") == c);
    CHECK(result(body, 1).text("status") == "unchanged");
    CHECK(result(body, 1).find("error")->is_null());
    CHECK(body_of(client.get("/api/deals/" + b)).text("stage") == "proposal");
    CHECK(body_of(client.get("/api/deals/" + a)).text("stage") == "new");
    CHECK(reply.header("Throughline-Position") == std::to_string(head()));
    const Json events = body_of(client.get("/api/events?types=deal.stage_changed"));
    REQUIRE(events.find("items")->array()->size() == 1);
    CHECK(events.find("items")->array()->front().text("correlationid") ==
          body.text("correlation_id"));
}

TEST_CASE_FIXTURE(World, "records are deleted and brought back by their ids, under one id") {
    const std::string a = create("tasks", R"({"title":"a"})");
    const std::string b = create("tasks", R"({"title":"b"})");
    const std::string ids = "[\"" + a + "\",\"" + unknown_id + "\",\"" + b + "\",\"" + a + "\"]";
    const HttpReply deleted = bulk("tasks", R"({"action":"delete","ids":)" + ids + "}");
    CHECK(counts(deleted) == "3 matched 2 succeeded 0 unchanged 1 failed");
    const Json body = body_of(deleted);
    CHECK(result(body, 1).text("status") == "failed");
    CHECK(result(body, 1).find("version")->is_null());
    CHECK(result(body, 1).find("error")->integer("status") == 404);
    CHECK(client.get("/api/tasks/" + a).status == 404);
    const Json events = body_of(client.get("/api/events?types=task.deleted"));
    for (const Json& event : *events.find("items")->array())
        CHECK(event.text("correlationid") == body.text("correlation_id"));
    CHECK(counts(bulk("tasks", R"({"action":"restore","ids":)" + ids + "}")) ==
          "3 matched 2 succeeded 0 unchanged 1 failed");
    CHECK(client.get("/api/tasks/" + a).status == 200);
    CHECK(counts(bulk("opportunities", R"({"action":"delete","ids":[]})")) ==
          "0 matched 0 succeeded 0 unchanged 0 failed");
}

TEST_CASE_FIXTURE(World, "what a bulk change cannot mean is refused, and changes nothing") {
    const std::string id = create("contacts", R"({"name":"Ada"})");
    const std::int64_t before = head();
    const auto fault = [&](const std::string& body) {
        const HttpReply reply = bulk("contacts", body);
        CHECK(reply.status == 422);
        return first_error(reply);
    };
    CHECK(fault(R"({"ids":[],"changes":{}})") == "required /action");
    CHECK(fault(R"({"action":"merge","ids":[],"changes":{}})") == "invalid_choice /action");
    CHECK(fault(R"({"action":"delete"})") == "required /ids");
    CHECK(fault(R"({"action":"delete","ids":[],"filter":{}})") == "invalid_format /filter");
    CHECK(fault(R"({"action":"delete","ids":["x"]})") == "invalid_format /ids/0");
    CHECK(fault(R"({"action":"delete","ids":[],"changes":{"name":"x"}})") ==
          "invalid_choice /changes");
    CHECK(fault(R"({"action":"restore","filter":{}})") == "invalid_choice /filter");
    CHECK(fault(R"({"action":"update","filter":{}})") == "required /changes");
    CHECK(fault(R"({"action":"update","filter":{},"changes":{"nmae":"x"}})") ==
          "unknown_field /changes/nmae");
    CHECK(fault(R"({"action":"update","filter":{},"changes":{"status":null}})") ==
          "required /changes/status");
    CHECK(fault(R"({"action":"update","filter":{"nmae":"x"},"changes":{"name":"x"}})") ==
          "unknown_field /filter/nmae");
    CHECK(fault(R"({"action":"update","filter":{"name":{"like":"x"}},"changes":{"name":"x"}})") ==
          "unknown_field /filter/name/like");
    CHECK(fault(R"({"action":"update","filter":{"status":"odd"},"changes":{"name":"x"}})") ==
          "invalid_choice /filter/status");
    CHECK(fault(R"({"action":"delete","ids":[],"nonsense":1})") == "unknown_field /nonsense");
    CHECK(head() == before);
}

TEST_CASE_FIXTURE(World, "a dry run tells what would become of each, and writes nothing") {
    const std::string a = create("contacts", R"({"name":"a","status":"active"})");
    const std::string b = create("contacts", R"({"name":"b"})");
    const std::int64_t before = head();
    const HttpReply reply = bulk("contacts", R"({"action":"update","filter":{},"dry_run":true,
                             "changes":{"status":"active","organization":"New Ltd"}})");
    CHECK(counts(reply) == "2 matched 2 succeeded 0 unchanged 0 failed");
    CHECK(counts(bulk("contacts", R"({"action":"update","filter":{},"dry_run":true,
                                      "changes":{"status":"active"}})")) ==
          "2 matched 1 succeeded 1 unchanged 0 failed");
    CHECK(head() == before);
    CHECK(body_of(client.get("/api/contacts/" + b)).text("status") == "new");
}

TEST_CASE_FIXTURE(World, "a key replays the answer about the records that it stood for") {
    for (const char* const name : {"a", "b", "c"})
        (void)create("contacts", R"({"name":")" + std::string(name) + R"("})");
    const std::string body =
        R"({"action":"update","filter":{"status":"new"},"changes":{"status":"active"}})";
    const HttpReply first = bulk("contacts", body, {{"Idempotency-Key", "k"}});
    CHECK(counts(first) == "3 matched 3 succeeded 0 unchanged 0 failed");
    const std::int64_t after = head();
    (void)create("contacts", R"({"name":"later"})");
    const HttpReply again = bulk("contacts", body, {{"Idempotency-Key", "k"}});
    CHECK(again.body == first.body);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK_FALSE(first.header("Idempotency-Replayed").has_value());
    CHECK(head() == after + 1);
    const std::string other =
        R"({"action":"update","filter":{"status":"new"},"changes":{"status":"customer"}})";
    CHECK(bulk("contacts", other, {{"Idempotency-Key", "k"}}).status == 422);
    CHECK(head() == after + 1);
    const HttpReply none = bulk("contacts",
                                R"({"action":"update","changes":{"status":"active"},
                                    "ids":["0190a7c0-0000-7000-8000-0000000000ad"]})",
                                {{"Idempotency-Key", "nobody"}});
    CHECK(counts(none) == "1 matched 0 succeeded 0 unchanged 1 failed");
    CHECK_FALSE(none.header("Idempotency-Replayed").has_value());
    // A key stands for one request, whatever the route.
    const HttpHeaders k{{"Idempotency-Key", "k"}};
    const HttpHeaders made{{"Idempotency-Key", "made"}};
    CHECK(client.post("/api/contacts", R"({"name":"d"})", k).status == 422);
    REQUIRE(client.post("/api/contacts", R"({"name":"d"})", made).status == 201);
    const std::int64_t before = head();
    CHECK(bulk("contacts", other, made).status == 422);
    CHECK(head() == before);
}

TEST_CASE_FIXTURE(World, "a key replays a bulk change to a choice that is none any more") {
    const std::string id = create("contacts", R"({"name":"a"})");
    REQUIRE(client
                .post("/api/fields/contact",
                      R"({"key":"status","type":"choice","choices":["On hold"]})")
                .status == 201);
    const std::string body =
        R"({"action":"update","ids":[")" + id + R"("],"changes":{"status":"on_hold"}})";
    const HttpReply first = bulk("contacts", body, {{"Idempotency-Key", "k"}});
    CHECK(counts(first) == "1 matched 1 succeeded 0 unchanged 0 failed");
    REQUIRE(client.request("DELETE", "/api/fields/contact/status").status == 204);
    const HttpReply again = bulk("contacts", body, {{"Idempotency-Key", "k"}});
    CHECK(counts(again) == "1 matched 1 succeeded 0 unchanged 0 failed");
    CHECK(again.body == first.body);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(counts(bulk("contacts", body, {{"Idempotency-Key", "another"}})) ==
          "1 matched 0 succeeded 1 unchanged 0 failed");
    CHECK(counts(bulk("contacts", body)) == "1 matched 0 succeeded 1 unchanged 0 failed");
}

TEST_CASE_FIXTURE(World, "a record keeps a choice that is none any more in bulk as it does alone") {
    REQUIRE(client
                .post("/api/fields/contact",
                      R"({"key":"status","type":"choice","choices":["On hold"]})")
                .status == 201);
    const std::string held = create("contacts", R"({"name":"a","status":"on_hold"})");
    const std::string other = create("contacts", R"({"name":"b"})");
    REQUIRE(client.request("DELETE", "/api/fields/contact/status").status == 204);
    const auto alone = [&](const std::string& id) {
        return client.request("PATCH", "/api/contacts/" + id,
                              R"({"status":"on_hold","job_position":"alone"})");
    };
    CHECK(alone(held).status == 200);
    CHECK(first_error(alone(other)) == "invalid_choice /status");
    const std::string both = R"({"action":"update","ids":[")" + held + "\",\"" + other + "\"],";
    const std::string changes = R"("changes":{"status":"on_hold","job_position":"in bulk"}})";
    CHECK(counts(bulk("contacts", both + R"("dry_run":true,)" + changes)) ==
          "2 matched 1 succeeded 0 unchanged 1 failed");
    const HttpReply reply = bulk("contacts", both + changes);
    CHECK(counts(reply) == "2 matched 1 succeeded 0 unchanged 1 failed");
    CHECK(result(body_of(reply), 1).find("error")->integer("status") == 422);
    const Json kept = body_of(client.get("/api/contacts/" + held));
    CHECK(kept.text("status") == "on_hold");
    CHECK(kept.text("job_position") == "in bulk");
    CHECK(first_error(bulk("contacts", both + R"("changes":{"status":"held"}})")) ==
          "invalid_choice /changes/status");
}

TEST_CASE_FIXTURE(World, "a bulk change under a key that was used a day ago is another one") {
    const std::string id = create("tasks", R"({"title":"a"})");
    const auto remove = [&] {
        return bulk("tasks", R"({"action":"delete","ids":[")" + id + R"("]})",
                    {{"Idempotency-Key", "k"}});
    };
    const HttpReply first = remove();
    CHECK(counts(first) == "1 matched 1 succeeded 0 unchanged 0 failed");
    REQUIRE(client.post("/api/tasks/" + id + "/restore", "").status == 200);
    server.age_keys(25);
    const HttpReply second = remove();
    CHECK(counts(second) == "1 matched 1 succeeded 0 unchanged 0 failed");
    CHECK(body_of(second).text("correlation_id") != body_of(first).text("correlation_id"));
    CHECK(remove().body == second.body);
}

TEST_CASE_FIXTURE(World, "an organization that the changes name is made once") {
    for (int i = 0; i < 30; ++i) (void)create("contacts", R"({"name":"c"})");
    CHECK(counts(bulk("contacts", R"({"action":"update","filter":{"name":"C"},
                                      "changes":{"organization":"New Ltd"}})")) ==
          "30 matched 30 succeeded 0 unchanged 0 failed");
    const Json made = body_of(client.get("/api/events?types=organization.created"));
    CHECK(made.find("items")->array()->size() == 1);
}

TEST_CASE_FIXTURE(World, "two bulk changes of the same records in other orders both end") {
    std::string ids;
    std::string reverse;
    for (int i = 0; i < 300; ++i) {
        const std::string id = "\"" + create("contacts", R"({"name":"c"})") + "\"";
        ids += (ids.empty() ? "" : ",") + id;
        reverse = id + (reverse.empty() ? "" : ",") + reverse;
    }
    const auto run = [&](const std::string& token, const std::string& of, int position) {
        HttpClient one(server.url(), {{"Authorization", "Bearer " + token}});
        return one.post("/api/contacts/bulk", R"({"action":"update","ids":[)" + of +
                                                  R"(],"changes":{"job_position":")" +
                                                  std::to_string(position) + R"("}})");
    };
    const std::string token =
        body_of(
            server.anonymous().post("/api/auth/login",
                                    R"({"email":"owner@example.com","password":"correct horse"})"))
            .text("access_token");
    REQUIRE_FALSE(token.empty());
    HttpReply one;
    std::thread other([&] { one = run(token, ids, 1); });
    const HttpReply two = run(token, reverse, 2);
    other.join();
    CHECK(counts(one) == "300 matched 300 succeeded 0 unchanged 0 failed");
    CHECK(counts(two) == "300 matched 300 succeeded 0 unchanged 0 failed");
}

TEST_CASE("whose a record is counts for each, and deleting many takes a manager") {
    TestServer server{Team::environment()};
    Team team(server);
    const std::string mine = team.create("member", "contacts", {{"name", "mine"}});
    const std::string other = team.create("sales", "contacts", {{"name", "other"}});
    const std::string ids = "[\"" + mine + "\",\"" + other + "\"]";
    const std::string change = R"({"action":"update","ids":)" + ids + R"(,"changes":{"name":"x"}})";
    const HttpReply reply = team.as("member").post("/api/contacts/bulk", change);
    CHECK(counts(reply) == "2 matched 1 succeeded 0 unchanged 1 failed");
    CHECK(result(body_of(reply), 1).find("error")->integer("status") == 403);
    const std::string remove = R"({"action":"delete","ids":)" + ids + "}";
    CHECK(team.as("member").post("/api/contacts/bulk", remove).status == 403);
    CHECK(team.as("viewer").post("/api/contacts/bulk", change).status == 403);
    CHECK(counts(team.as("manager").post("/api/contacts/bulk", remove)) ==
          "2 matched 2 succeeded 0 unchanged 0 failed");
}

TEST_CASE_FIXTURE(World, "10,000 records are changed in one call, and one more is too many") {
    client.set_timeout(std::chrono::seconds(120));
    std::string file = "name\n";
    for (int i = 0; i < 10'000; ++i) file += "Contact " + std::to_string(i) + "\n";
    const HttpReply imported = client.post("/api/contacts/import?on_duplicate=create", file,
                                           {{"Content-Type", "text/csv"}, {"Prefer", "wait=30"}});
    REQUIRE(wait_until(
        [&] {
            return body_of(client.get(*imported.header("Location"))).text("status") == "completed";
        },
        std::chrono::seconds(120)));
    const std::string target = std::to_string(head());
    REQUIRE(wait_until(
        [&] {
            return client.get("/api/contacts?limit=1", {{"Throughline-Min-Position", target}})
                       .status == 200;
        },
        std::chrono::seconds(60)));
    const std::string all =
        R"({"action":"update","filter":{"status":"new"},"changes":{"status":"active"}})";
    const HttpReply reply = client.post("/api/contacts/bulk", all);
    CHECK(counts(reply) == "10000 matched 10000 succeeded 0 unchanged 0 failed");
    CHECK(head() == std::stoll(target) + 10'000);
    (void)create("contacts", R"({"name":"one more"})");
    CHECK(first_error(bulk("contacts", R"({"action":"delete","filter":{}})")) ==
          "too_large /filter");
}
