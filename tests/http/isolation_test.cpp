#include "tests/support/route_table.hpp"
#include "tests/support/sse_stream.hpp"
#include "tests/support/team.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace throughline {
namespace {

const std::string secret_word = "Bexley"; // in all that the other tenant has

/// Two tenants: what of theirs could a caller of ours ask for, on every route there is?
struct Neighbours {
    TestServer server{Team::environment()};
    Team ours{server, "ours"};
    Team theirs{server, "theirs"};
    std::vector<ListedRoute> routes = route_table(ours.as("owner"));
    std::string contact = theirs.create("owner", "contacts",
                                        {{"name", "Ada Bexley"},
                                         {"email", "bexley@example.com"},
                                         {"organization", "Bexley Works"},
                                         {"owner_id", to_string(theirs.id_of("sales"))}});
    Json their_contact = body_of(theirs.as("owner").get("/api/contacts/" + contact));
    std::vector<std::string> ids; // of everything of theirs
    std::int64_t their_events = 0;

    Neighbours() {
        const HttpReply import = theirs.as("owner").post(
            "/api/contacts/import", "name,email\nBo Bexley,\nCy Bexley,no address\n",
            {{"Content-Type", "text/csv"}, {"Prefer", "wait=30"}});
        REQUIRE(import.status == 200);
        const Json log = their_log();
        their_events = static_cast<std::int64_t>(log.find("items")->array()->size());
        ids = {contact,
               their_contact.text("organization_id"),
               to_string(theirs.id_of("owner")),
               to_string(theirs.id_of("sales")),
               to_string(theirs.tenant()),
               body_of(import).text("id"),
               log.find("items")->array()->back().text("id")};
        wait_for_lists();
    }

    Json their_log() { return body_of(theirs.as("owner").get("/api/events?limit=1000")); }

    void wait_for_lists() {
        const auto head = std::to_string(their_log().integer("head").value());
        for (const char* path : {"/api/contacts", "/api/organizations", "/api/audit-logs"})
            REQUIRE(theirs.as("owner").get(path, {{"Throughline-Min-Position", head}}).status ==
                    200);
    }

    /// An answer to us that has nothing of theirs: a refusal, or items none of which is theirs.
    static void check_empty(const HttpReply& reply) {
        CAPTURE(reply.body);
        CHECK(reply.status < 500);
        CHECK(reply.body.find(secret_word) == std::string::npos);
        CHECK(reply.body.find("bexley@") == std::string::npos);
    }
    static void check_refused(const HttpReply& reply) {
        check_empty(reply);
        if (reply.status >= 400) return;
        const Json body = body_of(reply);
        const Json* const items = body.find("items");
        CHECK((items != nullptr && items->array()->empty()));
    }

    /// Nothing was added to their log by any of it, and their contact is as it was.
    void check_untouched() {
        CHECK(static_cast<std::int64_t>(their_log().find("items")->array()->size()) ==
              their_events);
        CHECK(body_of(theirs.as("owner").get("/api/contacts/" + contact)) == their_contact);
    }
};

} // namespace

TEST_CASE_FIXTURE(Neighbours, "no route takes an id of another tenant in its path") {
    for (const ListedRoute& route : routes) {
        const auto is_id = [](const std::string& parameter) { return parameter.ends_with("id"); };
        if (std::ranges::none_of(route.path_parameters, is_id)) continue;
        for (const std::string& id : ids)
            for (const char* const kind : {"contact", "organization", "user", "tenant"}) {
                CAPTURE(route.name());
                const std::string target = route.path_with([&](const std::string& parameter) {
                    return parameter.ends_with("id") ? id : std::string(kind);
                });
                check_refused(route.ask(ours.as("owner"), target));
                if (target.find(kind) == std::string::npos) break; // says the same of every kind
            }
    }
    check_untouched();
}

TEST_CASE_FIXTURE(Neighbours, "no route finds another tenant's by any parameter of its query") {
    for (const ListedRoute& route : routes) {
        if (route.permission.empty() || !route.path_parameters.empty()) continue;
        for (const std::string& parameter : route.query_parameters) {
            CAPTURE(route.name());
            CAPTURE(parameter);
            const auto ask = [&](const std::string& value) {
                return route.ask(ours.as("owner"), route.path + "?" + parameter + "=" + value);
            };
            for (const std::string& id : ids) check_empty(ask(id));
            for (const std::string& word : {secret_word, std::string("bexley%40example.com")})
                // A refusal may repeat what was asked for.
                if (const HttpReply reply = ask(word); reply.status < 400) check_empty(reply);
            if (parameter != "cursor") continue;
            std::string query = "?limit=1";
            if (theirs.as("owner").get(route.path + query).status == 422)
                query += "&q=" + secret_word; // a search is for something
            const Json body = body_of(theirs.as("owner").get(route.path + query));
            const std::string cursor = body.find("pagination")->text("next");
            if (!cursor.empty())
                check_empty(route.ask(ours.as("owner"), route.path + query + "&cursor=" + cursor));
        }
    }
    check_untouched();
}

TEST_CASE_FIXTURE(Neighbours, "X-Tenant-ID opens another tenant on no route") {
    const std::string slug =
        body_of(theirs.as("owner").get("/api/me")).find("tenant")->text("slug");
    for (const ListedRoute& route : routes) {
        if (route.permission.empty()) continue;
        for (const std::string& tenant : {to_string(theirs.tenant()), slug}) {
            CAPTURE(route.name());
            const std::string target = route.path_with([&](const std::string& parameter) {
                return parameter.ends_with("id") ? contact : std::string("contact");
            });
            const HttpReply reply = route.ask(ours.as("owner"), target, {{"X-Tenant-ID", tenant}});
            CHECK(reply.status == 403);
            check_empty(reply);
        }
    }
    check_untouched();
}

TEST_CASE_FIXTURE(Neighbours, "no record refers to another tenant's, by id, name or address") {
    HttpClient& owner = ours.as("owner");
    const std::string mine = ours.create("owner", "contacts", {{"name", "Mine"}});
    const auto refused = [&](const std::string& member, const std::string& value) {
        CAPTURE(member);
        CAPTURE(value);
        const std::string body = to_text(JsonObject{{"name", "X"}, {member, value}});
        for (const HttpReply& reply : {owner.post("/api/contacts", body),
                                       owner.request("PATCH", "/api/contacts/" + mine, body)}) {
            CHECK(reply.status == 422);
            CHECK(first_error(reply) == "unknown_reference /" + member);
            check_empty(reply);
        }
    };
    for (const std::string& id : ids)
        for (const char* member : {"organization_id", "owner_id"}) refused(member, id);
    refused("owner", "sales@theirs.example");
    refused("owner", "sales of theirs");
    // A name is linked among our own, which makes one of our own.
    const Json made =
        body_of(owner.post("/api/contacts", R"({"name":"X","organization":"bexley works"})"));
    CHECK(made.text("organization") == "bexley works");
    CHECK(made.text("organization_id") != their_contact.text("organization_id"));
    check_untouched();
}

TEST_CASE_FIXTURE(Neighbours,
                  "an import links nothing of another tenant's and changes nothing there") {
    JsonObject row{{"id", contact}, {"name", "Copied"}, {"email", "bexley@example.com"}};
    row.set("organization_id", their_contact.text("organization_id"));
    row.set("organization", "Copied Works"); // what an unknown id falls back to
    row.set("owner_id", to_string(theirs.id_of("sales")));
    const HttpReply reply =
        ours.as("owner").post("/api/contacts/import?on_duplicate=update", to_text(Json(row)) + "\n",
                              {{"Content-Type", "application/x-ndjson"}, {"Prefer", "wait=30"}});
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    REQUIRE(body_of(reply).integer("created") == 1);
    const Json list = body_of(ours.as("owner").get(
        "/api/contacts", {{"Throughline-Min-Position", *reply.header("Throughline-Position")}}));
    for (const Json& item : *list.find("items")->array()) {
        CHECK(item.text("id") != contact);
        CHECK(item.text("owner_id") == to_string(ours.id_of("owner")));
        CHECK(item.text("organization") == "Copied Works");
    }
    check_untouched();
}

TEST_CASE_FIXTURE(Neighbours, "a stream shows nothing of another tenant, old or new") {
    SseStream stream(server.url() + "/api/events/stream?from=0",
                     {{"Authorization", "Bearer " + ours.token_of("owner")}});
    REQUIRE(stream.reply().status == 200);
    (void)theirs.create("owner", "contacts", {{"name", "New Bexley"}});
    const std::string last = ours.create("owner", "contacts", {{"name", "The last"}});
    for (bool is_over = false; !is_over;) {
        const auto message = stream.next();
        REQUIRE(message.has_value());
        CHECK(message->data.find(secret_word) == std::string::npos);
        CHECK(message->data.find(to_string(theirs.tenant())) == std::string::npos);
        is_over = message->data.find(last) != std::string::npos;
    }
}

} // namespace throughline
