#include "handlers/identity/tenants.hpp"
#include "tests/support/house.hpp"
#include "tests/support/mails.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

std::vector<Notification> told(HouseWorld& world, const Uuid& user) {
    return world.notifications.list(world.tenant, user, {});
}

std::optional<Receipt> receipt_of(const LeasedMessage& message) {
    return read_receipt(receipt_text(message));
}

} // namespace

TEST_CASE_FIXTURE(HouseWorld, "a notification is stored once, for the member that is meant") {
    const Uuid bob = add_member("bob@example.com");
    run.subject = StreamKey{"contact", new_id()};
    const Json by_id = twice("notification.send",
                             {{"recipient", to_string(bob)}, {"message", "Look"}, {"title", "T"}});
    CHECK(by_id.text("via") == "in_app");
    (void)twice("notification.send", {{"recipient", "Bob@Example.com"}, {"message", "Again"}});
    const auto found = told(*this, bob);
    REQUIRE(found.size() == 2);
    CHECK(found[0].message == "Again");
    CHECK(found[0].title == "Welcome");
    CHECK(found[1].title == "T");
    CHECK(found[1].type == "automation");
    CHECK(told(*this, owner).empty());
    CHECK(notifications.count_unread(tenant, bob) == 2);
    const auto read = notifications.mark_read(tenant, bob, found[1].id);
    REQUIRE(read.has_value());
    CHECK(notifications.mark_read(tenant, bob, found[1].id)->read_at == read->read_at);
    CHECK_FALSE(notifications.mark_read(tenant, owner, found[0].id).has_value());
    CHECK(notifications.list(tenant, bob, {.unread_only = true}).size() == 1);
}

TEST_CASE_FIXTURE(HouseWorld, "who is no member gets a mail, and nobody's name is a failure") {
    const Json sent =
        twice("notification.send", {{"recipient", "eve@example.org"}, {"message", "Hello"}});
    CHECK(sent.text("via") == "email");
    CHECK(mails_to(folder.path(), "eve@example.org").size() == 1);
    // A member of another tenant is none of this one.
    const SignedIn other = register_tenant("other@example.com", "Other");
    CHECK(refusal("notification.send",
                  {{"recipient", to_string(other.as.member.id)}, {"message", "x"}}) ==
          "/recipient: No member is meant by it, and it is no address.");
    CHECK(refusal("notification.send", {{"recipient", "the team"}, {"message", "x"}}) != "");
    CHECK(refusal("notification.send", {{"recipient", to_string(owner)}, {"message", ""}}) ==
          "/message: It is required.");
}

TEST_CASE_FIXTURE(HouseWorld,
                  "a message of a queue is leased, comes again, and is done with once") {
    const Effect put =
        effect("queue.enqueue", {{"queue", "orders"}, {"payload", JsonObject{{"n", 1}}}});
    CHECK(twice(put).text("queue") == "orders");
    (void)twice("queue.enqueue", {{"queue", "orders"}, {"payload", 2}});
    CHECK(queues.lease(tenant, "other", 10, 30s).empty());
    const auto first = queues.lease(tenant, "orders", 10, 60s);
    REQUIRE(first.size() == 2);
    CHECK(first[0].payload == R"({"n":1})");
    CHECK(first[0].attempts == 1);
    CHECK(queues.lease(tenant, "orders", 10, 30s).empty());
    pqxx::connection connection(database.url());
    pqxx::nontransaction(connection)
        .exec("update queue_messages set lease_until = lease_until - interval '59 seconds'");
    std::vector<LeasedMessage> again; // once its lease is over
    REQUIRE(wait_until([&] {
        again = queues.lease(tenant, "orders", 1, 60s);
        return !again.empty();
    }));
    CHECK(again[0].id == first[0].id);
    CHECK(again[0].attempts == 2);
    CHECK(queues.acknowledge(tenant, "orders", {*receipt_of(first[0])}).empty());
    CHECK(queues.acknowledge(tenant, "other", {*receipt_of(again[0])}).empty());
    CHECK(queues.acknowledge(new_id(), "orders", {*receipt_of(again[0])}).empty());
    CHECK(queues.acknowledge(tenant, "orders", {*receipt_of(again[0])}).size() == 1);
    CHECK(queues.acknowledge(tenant, "orders", {*receipt_of(again[0])}).size() == 1);
    // Its effect, tried again after all that, does not bring it back.
    CHECK(std::holds_alternative<Done>(attempt(put)));
    for (const LeasedMessage& rest : queues.lease(tenant, "orders", 10, 30s))
        CHECK(rest.id != first[0].id);
}

TEST_CASE_FIXTURE(HouseWorld, "a queue has a name that is one, and a tenant not too many") {
    for (const char* name : {"", ".x", "a b", "ä", "a/b"})
        CHECK(refusal("queue.enqueue", {{"queue", name}, {"payload", 1}}).find("/queue: ") !=
              std::string::npos);
    CHECK(refusal("queue.enqueue", {{"queue", std::string(101, 'a')}, {"payload", 1}}) != "");
    for (int i = 0; i < max_queues; ++i)
        REQUIRE(queues.enqueue({new_id(), tenant, "q" + std::to_string(i), i, {}}).has_value());
    CHECK(refusal("queue.enqueue", {{"queue", "one-more"}, {"payload", 1}})
              .find("at most 100 queues") != std::string::npos);
    CHECK(queues.enqueue({new_id(), tenant, "q7", 1, {}}).has_value());
    CHECK(queues.enqueue({new_id(), new_id(), "one-more", 1, {}}).has_value());
}

TEST_CASE_FIXTURE(HouseWorld, "a queue forgets what was done with, and what waited too long") {
    (void)twice("queue.enqueue", {{"queue", "q"}, {"payload", "done"}});
    const auto leased = queues.lease(tenant, "q", 1, 60s);
    CHECK(queues.acknowledge(tenant, "q", {{leased.at(0).id, std::nullopt}}).size() == 1);
    (void)twice("queue.enqueue", {{"queue", "q"}, {"payload", "old"}});
    (void)twice("queue.enqueue", {{"queue", "q"}, {"payload", "new"}});
    pqxx::connection connection(database.url());
    pqxx::nontransaction sql(connection);
    sql.exec("update queue_messages set done_at = done_at - interval '8 days'");
    sql.exec("update queue_messages set enqueued_at = enqueued_at - interval '25 hours' "
             "where payload::text = '\"old\"'");
    queues.sweep();
    CHECK(sql.exec1("select string_agg(payload::text, '') from queue_messages")[0]
              .as<std::string>() == "\"new\"");
}

TEST_CASE_FIXTURE(HouseWorld, "what is tracked is counted once, and listed by name and time") {
    run.subject = StreamKey{"deal", new_id()};
    const Json tracked =
        twice("analytics.track", {{"event", "deal_won"}, {"properties", JsonObject{{"value", 7}}}});
    (void)twice("analytics.track", {{"event", "other"}});
    auto found = analytics.list(tenant, {.event = "deal_won"});
    REQUIRE(found.size() == 1);
    CHECK(to_string(found[0].id) == tracked.text("id"));
    CHECK(to_text(found[0].properties) == R"({"value":7})");
    CHECK(found[0].subject == run.subject);
    CHECK(found[0].rule == run.rule);
    CHECK(analytics.list(tenant, {}).size() == 2);
    CHECK(analytics.list(tenant, {.to = found[0].created_at}).empty());
    CHECK(analytics.list(tenant, {.from = found[0].created_at, .limit = 1}).size() == 1);
    CHECK(analytics.list(tenant, {.before = std::pair{found[0].created_at, found[0].number}})
              .empty());
    CHECK(analytics.list(new_id(), {}).empty());
    CHECK(refusal("analytics.track", {{"event", "x"}, {"properties", "y"}}) ==
          "/properties: An object is expected.");
    pqxx::connection connection(database.url());
    pqxx::nontransaction sql(connection);
    sql.exec("set role throughline_system");
    CHECK_THROWS(sql.exec("delete from analytics_events"));
    CHECK_THROWS(sql.exec("update analytics_events set event = 'x'"));
}

TEST_CASE_FIXTURE(HouseWorld, "a text is generated without a key, and says by whom") {
    const Json made =
        twice("ai.generate",
              {{"prompt", "Write a welcome email to Ada. We met in London. The engine is ready."}});
    CHECK(made.text("provider") == "built-in");
    CHECK(made.text("text") == "Hello,\n\nWe met in London.\nThe engine is ready.\n\nKind regards");
    CHECK(made.integer("tokens") == 25);
    const Json points = twice("ai.generate", {{"prompt", "List the next steps:\nCall.\nSend it."}});
    CHECK(points.text("text") == "- Call.\n- Send it.");
    CHECK(refusal("ai.generate", {{"prompt", ""}}) == "/prompt: It is required.");
}

TEST_CASE_FIXTURE(HouseWorld,
                  "a delay lasts for a duration, or until a time or day of the tenant's") {
    const auto delayed = [&](JsonObject parameters) {
        const EffectResult end = attempt(effect("delay", std::move(parameters)));
        REQUIRE_MESSAGE(std::holds_alternative<DoneAt>(end), fault(end));
        return std::get<DoneAt>(end).time;
    };
    const auto from_now = [&](Json duration) {
        return std::chrono::round<std::chrono::minutes>(delayed({{"for", std::move(duration)}}) -
                                                        now());
    };
    CHECK(from_now("12h") == 12h);
    CHECK(from_now("2d") == 48h);
    CHECK(from_now(3) == 72h);
    CHECK(from_now("3") == 72h);
    CHECK(from_now(parse_json("3.0")) == 72h);
    CHECK(to_rfc3339(delayed({{"until", "2027-01-02T03:04:05+01:00"}})) ==
          "2027-01-02T02:04:05.000000Z");
    CHECK(to_rfc3339(delayed({{"until", "2027-01-02"}})) == "2027-01-02T00:00:00.000000Z");
    Tenants tenants(store, commands);
    REQUIRE(tenants.change(by_owner(), JsonObject{{"timezone", "America/New_York"}}).has_value());
    CHECK(to_rfc3339(delayed({{"until", "2027-01-02"}})) == "2027-01-02T05:00:00.000000Z");
    CHECK(refusal("delay", {{"for", "soon"}}).find("/for: ") != std::string::npos);
    CHECK(refusal("delay", {{"until", "soon"}}).find("/until: ") != std::string::npos);
    CHECK(refusal("delay", {}) != "");
}
