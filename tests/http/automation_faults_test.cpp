#include "tests/support/rule_runs.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

using namespace throughline;

namespace {

using Texts = Runs::Texts;

struct FaultyRuns : Runs {
    /// As the superuser, past all triggers.
    void sql(const std::string& statements) {
        pqxx::connection connection(server.database().url());
        pqxx::nontransaction transaction(connection);
        transaction.exec0("set session_replication_role = replica");
        transaction.exec(statements);
    }
};

} // namespace

TEST_CASE_FIXTURE(FaultyRuns, "a run whose end cannot be saved holds up no other's") {
    const std::string refused = on("contact.created", request());
    sql("create function refuse_end() returns trigger language plpgsql as $$"
        " begin raise exception 'no'; end $$;"
        " create trigger refuse_end before update on automation_runs for each row"
        " when (new.rule_id = '" +
        refused + "' and new.status = 'succeeded') execute function refuse_end()");
    contact();
    CHECK(wait_until([&] { return sink.count() == 1; }));
    const std::string good = on("contact.created", request());
    contact();
    CHECK(ended(good, 1) == Texts{"succeeded"});
    sql("drop trigger refuse_end on automation_runs");
    CHECK(ended(refused, 2) == Texts{"succeeded", "succeeded"});
}
