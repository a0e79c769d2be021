#include "bus/ids.hpp"
#include "handlers/automation/queues.hpp"
#include "tests/support/team.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <set>
#include <thread>

using namespace throughline;

namespace {

struct World {
    TestServer server{Team::environment()};
    Team ours{server, "ours"};
    Team theirs{server, "theirs"};
    Database app{server.database().url(), Role::app, 1};
    Database system{server.database().url(), Role::system, 1};
    Queues queues{app, system, nullptr, std::chrono::hours(1)};

    void put(const Team& team, const std::string& queue, Json payload) {
        REQUIRE(
            queues.enqueue({new_id(), team.tenant(), queue, std::move(payload), {}}).has_value());
    }
    static JsonArray lease(HttpClient& client, const std::string& queue,
                           const std::string& body = "") {
        const HttpReply reply = client.post("/api/queues/" + queue + "/lease", body);
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        return *body_of(reply).find("messages")->array();
    }
    static HttpReply ack(HttpClient& client, const std::string& queue, const std::string& member,
                         const std::string& value) {
        return client.post("/api/queues/" + queue + "/ack",
                           to_text(JsonObject{{member, JsonArray{value}}}));
    }
};

const std::string none = R"({"acknowledged":[],"expired":[")";

} // namespace

TEST_CASE_FIXTURE(World, "a queue gives each message to one at a time, and again after its lease") {
    put(ours, "orders", JsonObject{{"n", JsonNumber{"1.50"}}});
    put(ours, "orders", "two");
    put(theirs, "orders", "secret");
    HttpClient& consumer = ours.as("manager");
    const JsonArray first = lease(consumer, "orders", R"({"max":1,"seconds":600})");
    REQUIRE(first.size() == 1);
    CHECK(to_text(*first[0].find("payload")) == R"({"n":1.50})");
    CHECK(first[0].integer("attempts") == 1);
    CHECK(first[0].text("lease_until") > first[0].text("enqueued_at"));
    const JsonArray second = lease(consumer, "orders");
    REQUIRE(second.size() == 1);
    CHECK(*second[0].find("payload") == Json("two"));

    pqxx::connection connection(server.database().url());
    pqxx::nontransaction(connection)
        .exec("update queue_messages set lease_until = lease_until - interval '599 seconds' "
              "where id = '" +
              first[0].text("id") + "'");
    JsonArray again;
    REQUIRE(wait_until([&] {
        again = lease(consumer, "orders");
        return !again.empty();
    }));
    CHECK(again[0].text("id") == first[0].text("id"));
    CHECK(again[0].integer("attempts") == 2);
    const std::string late = first[0].text("receipt");
    CHECK(ack(consumer, "orders", "receipts", late).body == none + late + "\"]}");
    const std::string receipt = again[0].text("receipt");
    const std::string done = R"({"acknowledged":[")" + receipt + R"("],"expired":[]})";
    CHECK(ack(ours.as("owner"), "orders", "receipts", receipt).body == done);
    CHECK(ack(consumer, "orders", "receipts", receipt).body == done); // the answer got lost
    CHECK(body_of(ack(consumer, "orders", "ids", second[0].text("id")))
              .find("acknowledged")
              ->array()
              ->size() == 1);
    CHECK(lease(consumer, "orders").empty());
}

TEST_CASE_FIXTURE(World, "a queue is its tenant's alone") {
    put(theirs, "orders", "secret");
    CHECK(lease(ours.as("owner"), "orders").empty());
    const JsonArray leased = lease(theirs.as("owner"), "orders");
    REQUIRE(leased.size() == 1);
    const std::string receipt = leased[0].text("receipt");
    const std::string id = leased[0].text("id");
    CHECK(ack(ours.as("owner"), "orders", "receipts", receipt).body == none + receipt + "\"]}");
    CHECK(ack(ours.as("owner"), "orders", "ids", id).body == none + id + "\"]}");
    CHECK(ours.as("member").post("/api/queues/orders/lease", "").status == 403);
    CHECK(body_of(ack(theirs.as("owner"), "orders", "receipts", receipt))
              .find("acknowledged")
              ->array()
              ->size() == 1);
}

TEST_CASE_FIXTURE(World, "many consumers at once share a queue's messages out") {
    constexpr int messages = 40;
    for (int i = 0; i < messages; ++i) put(ours, "q", i);
    std::vector<std::vector<std::string>> had(4);
    std::vector<std::thread> consumers;
    for (auto& mine : had)
        consumers.emplace_back([&mine, url = server.url(), token = ours.token_of("owner")] {
            HttpClient client(url, {{"Authorization", "Bearer " + token}});
            for (;;) {
                const JsonArray leased = lease(client, "q", R"({"max":3,"seconds":600})");
                if (leased.empty()) return;
                for (const Json& message : leased) mine.push_back(message.text("id"));
            }
        });
    for (std::thread& consumer : consumers) consumer.join();
    std::multiset<std::string> all;
    for (const auto& mine : had) all.insert(mine.begin(), mine.end());
    CHECK(all.size() == messages);
    CHECK(std::set<std::string>(all.begin(), all.end()).size() == messages);
}

TEST_CASE_FIXTURE(World, "what is asked of a queue is checked") {
    HttpClient& owner = ours.as("owner");
    const auto fault = [&](const std::string& route, const std::string& body) {
        const HttpReply reply = owner.post("/api/queues/q/" + route, body);
        CHECK(reply.status == 422);
        return first_error(reply);
    };
    CHECK(fault("lease", R"({"max":0})") == "invalid_format /max");
    CHECK(fault("lease", R"({"max":101})") == "invalid_format /max");
    CHECK(fault("lease", R"({"seconds":"1"})") == "invalid_type /seconds");
    CHECK(fault("lease", R"({"seconds":null})") == "invalid_type /seconds");
    CHECK(fault("lease", R"({"count":1})") == "unknown_field /count");
    CHECK(fault("ack", "{}") == "required /receipts");
    CHECK(fault("ack", R"({"receipts":[]})") == "invalid_type /receipts");
    CHECK(fault("ack", R"({"receipts":["x"]})") == "invalid_format /receipts/0");
    CHECK(fault("ack", R"({"ids":[1]})") == "invalid_format /ids/0");
    CHECK(fault("ack", R"({"ids":["01890a5d-ac96-774b-bcce-b302099a8057"],"receipts":["x"]})") ==
          "invalid_format /receipts");
    CHECK(owner.post("/api/queues/.q/lease", "").status == 404);
    CHECK(owner.post("/api/queues/a%20b/ack", "{}").status == 404);
}

TEST_CASE_FIXTURE(World, "a lease is taken once under a key, and told as long as it stands") {
    for (const char* const payload : {"one", "two"}) put(ours, "q", payload);
    HttpClient& owner = ours.as("owner");
    const auto take = [&](const std::string& body = R"({"max":1,"seconds":600})") {
        return owner.post("/api/queues/q/lease", body, {{"Idempotency-Key", "take"}});
    };
    const HttpReply first = take();
    REQUIRE_MESSAGE(first.status == 200, first.body);
    CHECK_FALSE(first.header("Idempotency-Replayed"));
    const HttpReply again = take();
    CHECK(again.body == first.body);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(take(R"({"max":2,"seconds":600})").status == 422);
    CHECK(owner
              .post("/api/queues/other/lease", R"({"max":1,"seconds":600})",
                    {{"Idempotency-Key", "take"}})
              .status == 422);
    const JsonArray rest = lease(owner, "q");
    REQUIRE(rest.size() == 1);
    CHECK(*rest[0].find("payload") == Json("two"));

    const std::string id = body_of(first).find("messages")->array()->front().text("id");
    REQUIRE(ack(owner, "q", "ids", id).status == 200);
    CHECK(take().body == R"({"messages":[]})");
}

TEST_CASE_FIXTURE(World, "what was not leased is not acknowledged later under the same key") {
    const Uuid id = new_id();
    REQUIRE(queues.enqueue({id, ours.tenant(), "q", "one", {}}).has_value());
    HttpClient& owner = ours.as("owner");
    const auto say = [&] {
        return owner.post("/api/queues/q/ack", R"({"ids":[")" + to_string(id) + R"("]})",
                          {{"Idempotency-Key", "done"}});
    };
    CHECK(say().body == none + to_string(id) + "\"]}");
    REQUIRE(lease(owner, "q", R"({"seconds":600})").size() == 1);
    const HttpReply again = say();
    CHECK(again.body == none + to_string(id) + "\"]}");
    CHECK(again.header("Idempotency-Replayed") == "true");
}
