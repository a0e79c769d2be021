#include "tests/support/random_records.hpp"
#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace throughline;

namespace {

/// A tenant whose records of every kind live random lives.
struct RandomLives {
    TestServer server;
    HttpClient client = server.new_tenant();
    Registry registry = standard_registry();
    RandomRecords random{20261126};
    std::vector<std::pair<std::string, std::string>> ids; // of all records ever, by kind
    std::map<std::string, bool> is_deleted;
    std::string last;

    RandomLives() {
        ids.emplace_back("user", body_of(client.get("/api/me")).find("user")->text("id"));
    }

    void live(int steps) {
        for (int i = 0; i < steps; ++i) {
            const Kind& kind = registry.kinds()[random.below(registry.kinds().size())];
            std::vector<std::string> own;
            for (const auto& [of, id] : ids)
                if (of == kind.name) own.push_back(id);
            if (own.size() < 4 || random.below(5) == 0)
                create(kind);
            else
                go_on(kind, own[random.below(own.size())]);
        }
    }

  private:
    /// References to records that are deleted by now are refused; nothing else is.
    void note(const HttpReply& reply) {
        if (reply.status == 422) {
            CHECK_MESSAGE(first_error(reply).starts_with("unknown_reference"), reply.body);
            return;
        }
        CHECK_MESSAGE((reply.status < 300 || reply.status == 409), reply.body);
        if (const auto position = reply.header("Throughline-Position")) last = *position;
    }

    void create(const Kind& kind) {
        JsonObject body = random.body(kind, ids);
        const HttpReply reply = client.post("/api/" + kind.plural, to_text(Json(std::move(body))));
        note(reply);
        if (reply.status == 201) ids.emplace_back(kind.name, body_of(reply).text("id"));
    }

    void go_on(const Kind& kind, const std::string& id) {
        const std::string path = "/api/" + kind.plural + "/" + id;
        if (is_deleted[id]) {
            note(client.request("POST", path + "/restore"));
            is_deleted[id] = false;
        } else if (random.below(6) == 0) {
            note(client.request("DELETE", path));
            is_deleted[id] = true;
        } else if (kind.name == "deal" && random.below(2) == 0) {
            constexpr std::array<const char*, 2> verbs{"/win", "/reopen"};
            note(client.request("POST", path + verbs[random.below(verbs.size())]));
        } else if (kind.name == "lead" && random.below(3) == 0) {
            note(client.request("POST", path + "/convert"));
        } else {
            JsonObject change = random.change(kind, ids);
            if (kind.name == "lead") change.erase("status"); // a machine of its own
            note(client.request("PATCH", path, to_text(Json(std::move(change)))));
        }
    }
};

} // namespace

TEST_CASE("after random commands on every kind the lists show what the records are") {
    RandomLives lives;
    lives.live(600);
    std::size_t shown = 0;
    for (const Kind& kind : lives.registry.kinds()) {
        const Json page = body_of(lives.client.get("/api/" + kind.plural + "?limit=200",
                                                   {{"Throughline-Min-Position", lives.last}}));
        for (const Json& item : *page.find("items")->array()) {
            ++shown;
            CHECK(body_of(lives.client.get("/api/" + kind.plural + "/" + item.text("id"))) == item);
        }
    }
    CHECK(shown > 60);
    CHECK(lives.client.get("/api/audit-logs", {{"Throughline-Min-Position", lives.last}}).status ==
          200);
    const FinishedProcess verified = lives.server.process().run({"verify"});
    CHECK_MESSAGE(verified.status == 0, verified.output);
}
