#include "tests/support/mails.hpp"
#include "tests/support/rule_runs.hpp"

#include <pqxx/pqxx>

#include <future>

using namespace throughline;

namespace {

/// Runs of rules that wait for a slow host when somebody is erased.
struct SlowRuns : Runs {
    std::promise<void> answered;
    HttpSink slow{[answer = answered.get_future().share()](const SunkRequest&) {
        answer.wait_for(std::chrono::seconds(60));
        return http_answer(200);
    }};

    /// What the database has of all runs: "<status> <actions>".
    Texts kept() {
        pqxx::connection connection(server.database().url());
        pqxx::nontransaction work(connection);
        Texts all;
        for (const pqxx::row& row :
             work.exec("select status || ' ' || actions::text from automation_runs"))
            all.push_back(row[0].as<std::string>());
        return all;
    }
};

} // namespace

TEST_CASE_FIXTURE(SlowRuns, "who is at a run about an erased person keeps and does nothing more") {
    (void)on("contact.created", R"([{"type":"http.request","method":"POST","url":")" + slow.url() +
                                    R"(","body":{"to":"{{contact.email}}"}},
                 {"type":"email.send","to_email":"{{contact.email}}","subject":"Hello"}])");
    const std::string jane =
        create_contact(client, R"({"name":"Jane Doe","email":"jane@example.com"})").text("id");
    REQUIRE(wait_until([&] { return slow.count() == 1; }));
    const HttpReply erased = client.post("/api/contacts/" + jane + "/erase", "{}");
    REQUIRE_MESSAGE(erased.status == 200, erased.body);
    CHECK(kept() == Texts{"cancelled []"});
    answered.set_value();
    CHECK(server.process().terminate() == 0); // once all who are at work are done
    CHECK(kept() == Texts{"cancelled []"});
    CHECK(mails_to(server.process().data_folder(), "jane@example.com").empty());
}
