#include "handlers/automation/run_teller.hpp"

#include "tests/support/run_world.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

struct Telling : RunWorld {
    RunTeller teller{system, store, versions, metrics};
    const Uuid id = add();

    /// The run has ended, and nobody noted what was told of it before.
    void end(const std::string& status) {
        system.write({}, [&](pqxx::transaction_base& transaction) {
            transaction.exec_params0("update automation_runs set status = $2, told = null,"
                                     " tellings = 0 where id = $1",
                                     to_string(id), status);
        });
    }
    [[nodiscard]] std::vector<std::string> told() {
        std::vector<std::string> types;
        for (const StoredEvent& one : store.stream(tenant, {"automation_run", id}, 0, 100))
            types.push_back(one.type);
        return types;
    }
};

} // namespace

TEST_CASE_FIXTURE(Telling, "an end whose telling was not noted is told once") {
    end("failed");
    CHECK(teller.tell_some() == 1);
    const auto once = told();
    CHECK(state("automation_run", id).text("status") == "failed");
    end("failed");
    CHECK(teller.tell_some() == 1);
    CHECK(told() == once);
    CHECK(teller.tell_some() == 0);
}

TEST_CASE_FIXTURE(Telling, "an end that follows one whose telling was not noted is told, too") {
    end("failed");
    CHECK(teller.tell_some() == 1);
    const auto once = told();
    end("succeeded"); // it was retried meanwhile
    CHECK(teller.tell_some() == 1);
    CHECK(state("automation_run", id).text("status") == "succeeded");
    CHECK(told().size() == once.size() + 2);
    CHECK(teller.tell_some() == 0);
}
