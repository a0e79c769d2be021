#include "tests/support/rule_runs.hpp"

#include <pqxx/pqxx>

using namespace throughline;

namespace {

/// Where somebody's name is in other records, and what is made of these.
struct Names : Runs {
    std::string lead; // the last that was converted

    std::string create(const std::string& plural, const std::string& body) {
        return create_record(client, "/api/" + plural, body).text("id");
    }
    void erase(const std::string& record) {
        const std::string path = "/api/" + record + "/erase";
        const Json dry = body_of(client.post(path, R"({"dry_run":true})"));
        const HttpReply reply = client.post(path, "{}");
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        CHECK(*body_of(reply).find("places") == *dry.find("places"));
    }
    std::string name_of(const std::string& plural, const std::string& id) {
        return body_of(client.get("/api/" + plural + "/" + id)).text("name");
    }
    /// "<deal> of <organization>", which a conversion of Jane Doe made, once she is erased.
    std::string left_of(const std::string& company, const std::string& conversion,
                        const std::string& renamed = "") {
        lead = create("leads", R"({"name":"Jane Doe","company":")" + company + "\"}");
        const HttpReply reply = client.post("/api/leads/" + lead + "/convert", conversion);
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        const Json made = body_of(reply);
        const std::string deal = made.find("deal")->text("id");
        if (!renamed.empty())
            REQUIRE(client.request("PATCH", "/api/deals/" + deal, R"({"name":")" + renamed + "\"}")
                        .status == 200);
        erase("leads/" + lead);
        return name_of("deals", deal) + " of " +
               name_of("organizations", made.find("contact")->text("organization_id"));
    }
    [[nodiscard]] std::string log(const std::string& query = "") {
        return client.get("/api/events?limit=1000" + query).body;
    }
    std::size_t said_of_deals() {
        return body_of(client.get("/api/events?types=deal.erased")).find("items")->array()->size();
    }
    void verify() {
        const auto verified = server.process().run({"verify"});
        CHECK_MESSAGE(verified.status == 0, verified.output);
    }
};

} // namespace

TEST_CASE_FIXTURE(Names, "what a conversion named after the person loses that name") {
    CHECK(left_of("Jane Doe", "{}") == "[erased] of [erased]");
    CHECK(left_of("Acme", R"({"deal":{"name":"Deal with JANE DOE"}})") == "[erased] of Acme");
    CHECK(left_of("Acme", "{}") == "Acme of Acme");
    CHECK(left_of("Acme", R"({"deal":{"name":"For Jane Doe"}})", "Big deal") == "Big deal of Acme");
    CHECK(log().find("Jane Doe") == std::string::npos);
    CHECK(log().find("JANE DOE") == std::string::npos);
    CHECK(said_of_deals() == 3);
    verify();
}

TEST_CASE_FIXTURE(Names, "an erasure that was cut off goes on with what conversions named") {
    CHECK(left_of("Jane Doe", "{}") == "[erased] of [erased]");
    pqxx::connection connection(server.database().url());
    pqxx::work work(connection);
    work.exec("set local throughline.erases = 'yes'");
    work.exec("update events set data = replace(data::text, '[erased]', 'Jane Doe')::json "
              "where type in ('lead.created', 'contact.created', 'deal.created')");
    work.commit();
    REQUIRE(log("&types=deal.created").find("Jane Doe") != std::string::npos);
    erase("leads/" + lead);
    CHECK(log().find("Jane Doe") == std::string::npos);
    CHECK(said_of_deals() == 1);
    verify();
}

TEST_CASE_FIXTURE(Names, "what rules did about a deal loses the name of its contact") {
    const std::string rule = on("deal.created", R"([{"type":"notification.send",
        "recipient":"{{user_id}}","message":"{{deal.name}} of {{contact.name}}"}])");
    const auto deal_of = [&](const std::string& name, const std::string& deal) {
        const std::string contact = create("contacts", R"({"name":")" + name + "\"}");
        (void)create("deals", R"({"name":")" + deal + R"(","contact_id":")" + contact + "\"}");
        return contact;
    };
    const std::string jane = deal_of("Jane Doe", "Small");
    (void)deal_of("Jane Doe", "Medium"); // somebody else
    (void)deal_of("Jane Doering", "Large");
    CHECK(ended(rule, 3) == Texts{"succeeded", "succeeded", "succeeded"});
    const auto told = [&] {
        return client.get("/api/automations/" + rule + "/runs").body +
               client.get("/api/notifications").body;
    };
    REQUIRE(told().find("Small of Jane Doe") != std::string::npos);
    erase("contacts/" + jane);
    CHECK(told().find("Small of Jane Doe") == std::string::npos);
    CHECK(told().find("Medium of Jane Doe") != std::string::npos);
    CHECK(told().find("Large of Jane Doering") != std::string::npos);
    verify();
}

TEST_CASE_FIXTURE(Names, "what a merge gave of a person who was taken out again is erased") {
    const std::string other =
        create("contacts", R"({"name":"Somebody","metadata":{"own":"kept","both":"same"}})");
    const std::string jane =
        create("contacts", R"({"name":"Jane Doe","email":"jane@example.com","phone":"+4477001122",
                               "metadata":{"note":"secretnote","both":"same"}})");
    const auto post = [&](const std::string& path, const std::string& body) {
        const HttpReply reply = client.post("/api/contacts/" + path, body);
        REQUIRE_MESSAGE(reply.status == 200, reply.body);
    };
    post("merge", R"({"into":")" + other + R"(","from":[")" + jane + "\"]}");
    REQUIRE(client.request("PATCH", "/api/contacts/" + other, R"({"email":"else@example.com"})")
                .status == 200);
    REQUIRE(client.request("DELETE", "/api/contacts/" + other).status == 204);
    REQUIRE(client.request("POST", "/api/contacts/" + other + "/restore").status == 200);
    post(other + "/unmerge", R"({"id":")" + jane + "\"}");
    const std::string before = client.get("/api/contacts/" + other).body;
    REQUIRE(wait_until([&] { // references follow first
        return client.post("/api/contacts/" + jane + "/erase", R"({"dry_run":true})").status == 200;
    }));
    erase("contacts/" + jane);
    for (const char* value : {"jane@example.com", "+4477001122", "secretnote"})
        CHECK_MESSAGE(log().find(value) == std::string::npos, value);
    CHECK(log("&id=" + other + "&kind=contact").find("else@example.com") != std::string::npos);
    CHECK(log("&id=" + other + "&kind=contact").find("kept") != std::string::npos);
    CHECK(client.get("/api/contacts/" + other).body == before);
    verify();
}
