#include "bus/ids.hpp"
#include "handlers/notifications.hpp"
#include "tests/support/mails.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <future>
#include <map>

using namespace throughline;

namespace {

/// Whom an erasure is about, and whom it is not.
struct Reach {
    TestServer server;
    HttpClient client = server.new_tenant();

    std::string create(const std::string& plural, const std::string& body) {
        return create_record(client, "/api/" + plural, body).text("id");
    }
    Json erase(const std::string& record, const std::string& body = "{}") {
        const HttpReply reply = client.post("/api/" + record + "/erase", body);
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        return body_of(reply);
    }
};

std::int64_t count_of(const Json& body, const std::string& place, const std::string& kind = "") {
    for (const Json& item : *body.find("places")->array())
        if (item.text("place") == place && item.text("kind") == kind)
            return item.integer("count").value_or(-1);
    return 0;
}

} // namespace

TEST_CASE_FIXTURE(Reach, "only what quotes an address or a whole number is a person's") {
    Database app(server.database().url(), Role::app, 1);
    Database system(server.database().url(), Role::system, 1);
    Notifications notifications(app, system);
    const Json me = body_of(client.get("/api/me"));
    const Uuid tenant = uuid_of(me.find("tenant")->text("id"));
    const Uuid user = uuid_of(me.find("user")->text("id"));
    const std::string contact =
        create("contacts", R"({"name":"Ann","email":"ann@x.co","phone":"12"})");
    REQUIRE(client.request("PATCH", "/api/contacts/" + contact, R"({"phone":"01983456"})").status ==
            200);
    const std::map<std::string, bool> is_blanked{
        {"12 new leads", false},       {"joann@x.co wrote", false},
        {"ann@x.co.uk wrote", false},  {"See 01983456-7abc-7def-8000-00000000000a", false},
        {"401983456 called", false},   {"Mail:\nAnn@X.co.", true},
        {"+49 01983456, twice", true},
    };
    for (const auto& [message, is] : is_blanked)
        notifications.add({new_id(), tenant, user, "automation", message, message, {}});

    CHECK(count_of(erase("contacts/" + contact, R"({"dry_run":true})"), "notifications") == 2);
    CHECK(count_of(erase("contacts/" + contact), "notifications") == 2);
    for (const Notification& told : notifications.list(tenant, user, {}))
        if (told.message != "[erased]") CHECK_FALSE(is_blanked.at(told.message));
}

TEST_CASE_FIXTURE(Reach, "mails of another tenant are neither counted nor removed") {
    HttpClient other = server.new_tenant("other@example.com");
    const std::string invitation = R"({"email":"ann@example.com","role":"viewer"})";
    REQUIRE(client.post("/api/users/invitations", invitation).status == 201);
    const HttpReply kept = other.post("/api/users/invitations", invitation);
    REQUIRE_MESSAGE(kept.status == 201, kept.body);
    const auto mails = [&] { return mails_to(server.process().data_folder(), "ann@example.com"); };
    REQUIRE(mails().size() == 2);
    const std::string contact = create("contacts", R"({"name":"Ann","email":"ann@example.com"})");
    CHECK(count_of(erase("contacts/" + contact, R"({"dry_run":true})"), "mails") == 1);
    CHECK(count_of(erase("contacts/" + contact), "mails") == 1);
    REQUIRE(mails().size() == 1);
    CHECK(token_in(mails().front()) == token_in(body_of(kept).text("accept_url")));
}

TEST_CASE_FIXTURE(Reach, "a contact of a conversion that was taken back is the lead's person") {
    const auto convert = [&](const std::string& lead, const std::string& body) {
        const HttpReply converted = client.post("/api/leads/" + lead + "/convert", body);
        REQUIRE_MESSAGE(converted.status == 200, converted.body);
        const std::int64_t position = std::stoll(*converted.header("Throughline-Position"));
        const Json page = body_of(client.get("/api/events?from=" + std::to_string(position - 1)));
        const std::string correlation = page.find("items")->array()->front().text("correlationid");
        const HttpReply undone =
            client.post("/api/undo", to_text(JsonObject{{"correlation_id", correlation}}));
        REQUIRE_MESSAGE(undone.status == 200, undone.body);
        return body_of(converted).find("contact")->text("id");
    };
    const std::string lead =
        create("leads", R"({"name":"Ada Lovelace","email":"ada@example.com"})");
    const std::string somebody = create("contacts", R"({"name":"Somebody Else"})");
    (void)convert(lead, R"({"deal":null,"contact_id":")" + somebody + "\"}");
    const std::string made = convert(lead, R"({"deal":null})");
    CHECK(made != somebody);

    const auto log = [&] { return client.get("/api/events?limit=1000").body; };
    REQUIRE(log().find("Ada Lovelace") != std::string::npos);
    CHECK(count_of(erase("contacts/" + made, R"({"dry_run":true})"), "events", "lead") > 0);
    CHECK(count_of(erase("leads/" + lead), "events", "contact") > 0);
    CHECK(log().find("Ada Lovelace") == std::string::npos);
    CHECK(log().find("ada@example.com") == std::string::npos);
    CHECK(body_of(client.get("/api/contacts/" + somebody)).text("name") == "Somebody Else");
    const auto verified = server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
}

TEST_CASE_FIXTURE(Reach,
                  "whoever was taken out of a merge is erased once what refers to them is back") {
    const std::string other = create("contacts", R"({"name":"Somebody"})");
    const std::string jane = create("contacts", R"({"name":"Jane Doe"})");
    const std::string message =
        "/api/messages/" + create("messages", R"({"channel":"email","direction":"in",
                                                 "body":"messagebody","contact_id":")" +
                                                  jane + "\"}");
    const auto refers_to = [&](const std::string& contact) {
        return wait_until(
            [&] { return body_of(client.get(message)).text("contact_id") == contact; });
    };
    const auto merging = [&](const std::string& path, const std::string& body) {
        const HttpReply reply = client.post("/api/contacts/" + path, body);
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
    };
    merging("merge", R"({"into":")" + other + R"(","from":[")" + jane + "\"]}");
    REQUIRE(refers_to(other));

    pqxx::connection connection(server.database().url());
    pqxx::work hold(connection); // the one that lets references follow
    hold.exec("select from checkpoints where name = 'reference_follower' for update");
    merging(other + "/unmerge", R"({"id":")" + jane + "\"}");
    for (const std::string& person : {jane, other})
        CHECK(client.post("/api/contacts/" + person + "/erase", "{}").status == 409);
    CHECK(body_of(client.get(message)).text("body") == "messagebody");
    hold.abort();
    REQUIRE(wait_until(
        [&] { return client.post("/api/contacts/" + jane + "/erase", "{}").status == 200; }));
    const Json erased = body_of(client.get(message));
    CHECK(erased.text("contact_id") == jane);
    CHECK(erased.text("body") == "[erased]");
    CHECK(client.get("/api/events?limit=1000").body.find("messagebody") == std::string::npos);
    CHECK(body_of(client.get("/api/contacts/" + other)).text("name") == "Somebody");
    const auto verified = server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
}

TEST_CASE_FIXTURE(Reach, "an erasure takes If-Match and an Idempotency-Key, and the next one too") {
    const std::string contact = create("contacts", R"({"name":"Ann"})");
    const std::string path = "/api/contacts/" + contact;
    REQUIRE(client.request("PATCH", path, R"({"name":"Anna"})").status == 200);
    const auto erasing = [&](const std::string& body, const HttpHeaders& headers) {
        return client.post(path + "/erase", body, headers);
    };
    const HttpReply stale = erasing("{}", {{"If-Match", "\"1\""}});
    CHECK(stale.status == 412);
    CHECK(body_of(stale).integer("current_version") == 2);
    CHECK(to_text(*body_of(stale).find("changed")) == R"(["name"])");
    CHECK(erasing("{}", {{"If-Match", "first"}}).status == 400);
    CHECK(body_of(client.get(path)).text("name") == "Anna");

    const HttpHeaders looking{{"Idempotency-Key", "look"}};
    const HttpReply dry = erasing(R"({"dry_run":true})", looking);
    REQUIRE_MESSAGE(dry.status == 200, dry.body);
    CHECK_FALSE(dry.header("Idempotency-Replayed").has_value());
    CHECK(erasing(R"({"dry_run":false})", looking).status == 422);
    const HttpReply seen = erasing(R"({"dry_run":true})", looking);
    CHECK(seen.header("Idempotency-Replayed") == "true");
    CHECK(seen.body == dry.body);
    CHECK(body_of(client.get(path)).text("name") == "Anna");

    const HttpHeaders once{{"Idempotency-Key", "once"}, {"If-Match", "\"2\""}};
    const HttpReply erased = erasing("{}", once);
    REQUIRE_MESSAGE(erased.status == 200, erased.body);
    CHECK(body_of(erased).integer("erased_events") == 2);
    REQUIRE(client.request("PATCH", path, R"({"name":"Somebody"})").status == 200);
    const HttpReply again = erasing("{}", once);
    CHECK(again.status == 200);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(again.body == erased.body);
    CHECK(body_of(client.get(path)).text("name") == "Somebody"); // it takes no effect later
    CHECK(erasing(R"({"dry_run":true})", once).status == 422);

    // One that finds the records blank says so in no event.
    REQUIRE(erasing("{}", {}).status == 200);
    Database system(server.database().url(), Role::system, 1);
    Database app(server.database().url(), Role::app, 1);
    const Json me = body_of(client.get("/api/me"));
    Notifications(app, system)
        .add({new_id(), uuid_of(me.find("tenant")->text("id")),
              uuid_of(me.find("user")->text("id")), "automation", "Somebody", "Somebody",
              StreamKey{"contact", uuid_of(contact)}});
    const HttpHeaders twice{{"Idempotency-Key", "twice"}};
    const HttpReply second = erasing("{}", twice);
    REQUIRE_MESSAGE(second.status == 200, second.body);
    CHECK(count_of(body_of(second), "notifications") == 1);
    CHECK(erasing("{}", twice).body == second.body);
}

TEST_CASE("an erasure takes no change that came after its If-Match was asked") {
    TestServer server;
    const HttpHeaders owner{{"Authorization", "Bearer " + register_owner(server.url())}};
    HttpClient client(server.url(), owner);
    HttpClient eraser(server.url(), owner);
    const std::string path =
        "/api/contacts/" + create_contact(client, R"({"name":"Ann"})").text("id");
    pqxx::connection watching(server.database().url());
    pqxx::connection locking(server.database().url());
    std::future<HttpReply> erased;
    pqxx::work lock(locking); // it asks for imports once it has asked for the version
    lock.exec("lock table imports in access exclusive mode");
    erased = std::async(std::launch::async, [&] {
        return eraser.post(path + "/erase", "{}", {{"If-Match", "\"1\""}});
    });
    REQUIRE(wait_until([&] {
        return pqxx::nontransaction(watching)
            .exec1("select exists (select from pg_stat_activity where wait_event_type = 'Lock' "
                   "and query like 'select exists (select from imports%')")[0]
            .as<bool>();
    }));
    REQUIRE(client.request("PATCH", path, R"({"name":"Anna"})").status == 200);
    lock.commit();
    const HttpReply reply = erased.get();
    CHECK_MESSAGE(reply.status == 412, reply.body);
    CHECK(body_of(reply).integer("current_version") == 2);
    CHECK(body_of(client.get(path)).text("name") == "Anna");
}

TEST_CASE_FIXTURE(Reach, "an erasure that was cut off goes on under its key with its If-Match") {
    const std::string path = "/api/contacts/" + create("contacts", R"({"name":"Ann"})");
    const HttpHeaders once{{"Idempotency-Key", "once"}, {"If-Match", "\"1\""}};
    const HttpReply erased = client.post(path + "/erase", "{}", once);
    REQUIRE_MESSAGE(erased.status == 200, erased.body);
    pqxx::connection connection(server.database().url());
    pqxx::work work(connection); // before the log was blanked and the key was kept
    work.exec("set local throughline.erases = 'yes'");
    work.exec("update events set data = replace(data::text, '[erased]', 'Ann')::json "
              "where type = 'contact.created'");
    work.exec("delete from commands where versions::text like '%erased_events%'");
    work.commit();

    const HttpReply again = client.post(path + "/erase", "{}", once);
    REQUIRE_MESSAGE(again.status == 200, again.body);
    CHECK_FALSE(again.header("Idempotency-Replayed").has_value());
    CHECK(again.body == erased.body);
    CHECK(body_of(client.get(path)).integer("version") == 2);
    const auto verified = server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
    CHECK(client.post(path + "/erase", "{}", once).header("Idempotency-Replayed") == "true");
}
