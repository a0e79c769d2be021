#include "bus/ids.hpp"
#include "bus/migrate.hpp"
#include "handlers/automation/run_history.hpp"
#include "handlers/automation/run_queue.hpp"
#include "tests/support/private_postgres.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <array>

using namespace throughline;

namespace {

NewRun run_of(const Uuid& tenant) {
    NewRun run;
    run.id = new_id();
    run.tenant = tenant;
    run.rule = new_id();
    run.rule_version = 1;
    run.event = new_id();
    run.position = 1;
    return run;
}

RunStep step_to(const std::string& status) {
    RunStep step;
    step.status = status;
    return step;
}

/// A log of one event, and a run for it that is due.
struct Fixture : TestDatabase {
    Fixture() {
        migrate(url(), [](std::string_view) {});
        const Connection owner = connect(url(), Role::owner);
        pqxx::work transaction(*owner);
        transaction.exec("select ensure_event_partitions(1)");
        transaction.exec_params("insert into events values (1, $1, 'contact', $2, 1, $3,"
                                " 'contact.created', 1, $2, '{}', $4, now(), now())",
                                to_string(tenant), to_string(new_id()), to_string(run.event),
                                meta_text({}, {}));
        RunQueue::add(transaction, std::array{run});
        transaction.commit();
    }
    const Uuid tenant = new_id();
    const NewRun run = run_of(tenant);
    Database system{url(), Role::system, 2, Planning::by_index};
    RunQueue queue{system};

    TakenRun taken() {
        auto runs = queue.take({{tenant, 10}});
        REQUIRE(runs.size() == 1);
        return std::move(runs.front());
    }
    /// As the engine does where the rule is switched off after the run's event.
    void cancel() {
        system.write({}, [&](pqxx::transaction_base& transaction) {
            RunQueue::cancel(transaction, tenant, run.rule, 1, "not yet");
            RunQueue::cancel(transaction, tenant, run.rule, 2, "off");
        });
    }
    /// Its status and reason.
    std::string state() {
        std::string text;
        system.read({}, [&](pqxx::transaction_base& transaction) {
            text = transaction
                       .exec_params1("select status || ' ' || coalesce(reason, '-')"
                                     " from automation_runs where id = $1",
                                     to_string(run.id))[0]
                       .as<std::string>();
        });
        return text;
    }
    std::string plan_of(const std::string& statement) {
        std::string plan;
        system.read({}, [&](pqxx::transaction_base& transaction) {
            for (const pqxx::row& row : transaction.exec("explain (costs off) " + statement))
                plan += std::string(row[0].c_str()) + '\n';
        });
        return plan;
    }
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "an end is saved by who has the run, and once") {
    const TakenRun mine = taken();
    CHECK(queue.save(mine, step_to("running"))); // goes on, and is still mine
    TakenRun others = mine;
    others.claim = new_id();
    CHECK_FALSE(queue.save(others, step_to("succeeded")));
    CHECK(queue.save(mine, step_to("succeeded")));
    CHECK_FALSE(queue.save(mine, step_to("failed"))); // an end that is handed in again
    CHECK(queue.due().empty());
}

TEST_CASE_FIXTURE(Fixture, "a run that waits for its next attempt is nobody's") {
    const TakenRun mine = taken();
    RunStep later = step_to("waiting");
    later.wait = std::chrono::milliseconds(0);
    CHECK(queue.save(mine, later));
    CHECK_FALSE(queue.save(mine, step_to("succeeded")));
    const TakenRun again = taken();
    CHECK(again.claim != mine.claim);
    queue.give_back(std::array{mine}); // no longer
    CHECK(queue.save(again, step_to("succeeded")));
}

TEST_CASE_FIXTURE(Fixture, "runs that are given back are due at once, and lost no attempt") {
    const std::array more{run_of(tenant)};
    system.write({},
                 [&](pqxx::transaction_base& transaction) { RunQueue::add(transaction, more); });
    const auto taken_up = queue.take({{tenant, 10}});
    REQUIRE(taken_up.size() == 2);
    queue.give_back(taken_up);
    const auto again = queue.take({{tenant, 10}});
    REQUIRE(again.size() == 2);
    for (const TakenRun& one : again) CHECK(one.attempts == 1);
}

TEST_CASE_FIXTURE(Fixture, "a run that waits ends with its rule") {
    cancel();
    CHECK(state() == "cancelled off");
    CHECK(queue.due().empty());
}

TEST_CASE_FIXTURE(Fixture, "a run at work goes on without its rule, and waits no more") {
    const TakenRun mine = taken();
    cancel();
    CHECK(queue.save(mine, step_to("running")));
    CHECK(state() == "running off");
    RunStep later = step_to("waiting");
    later.wait = std::chrono::milliseconds(0);
    CHECK(queue.save(mine, later));
    CHECK(state() == "cancelled off");
    CHECK(queue.due().empty());
}

TEST_CASE_FIXTURE(Fixture, "a run at work may end well without its rule") {
    const TakenRun mine = taken();
    cancel();
    CHECK(queue.save(mine, step_to("succeeded")));
    CHECK(state() == "succeeded -");
}

TEST_CASE_FIXTURE(Fixture, "a run whose server died at it ends with its rule") {
    (void)taken();
    cancel();
    system.write({}, [](pqxx::transaction_base& transaction) {
        transaction.exec0("update automation_runs set due_at = now()"); // its lease has ended
    });
    CHECK(queue.take({{tenant, 10}}).empty());
    CHECK(state() == "cancelled off");
}

TEST_CASE_FIXTURE(Fixture, "a run that is given back ends with its rule") {
    const TakenRun mine = taken();
    cancel();
    queue.give_back(std::array{mine});
    CHECK(state() == "cancelled off");
}

TEST_CASE_FIXTURE(Fixture, "a run that somebody cancels at work keeps what it did, and ends") {
    const RunHistory history(system);
    TakenRun mine = taken();
    REQUIRE(history.cancel(tenant, run.id).has_value());
    CHECK(state() == "cancelled -");
    queue.give_back(std::array{mine}); // it has ended
    CHECK(state() == "cancelled -");
    mine.actions.emplace_back(JsonObject{{"status", "succeeded"}});
    CHECK_FALSE(queue.save(mine, step_to("running")));
    CHECK(state() == "cancelled -");
    const auto kept = history.find(tenant, run.id);
    REQUIRE(kept);
    CHECK(to_text(*kept->find("actions")) == R"([{"status":"succeeded"}])");
    CHECK_FALSE(queue.save(mine, step_to("succeeded"))); // it is nobody's by now
    CHECK(queue.due().empty());
}

TEST_CASE_FIXTURE(Fixture, "the last action of a run that somebody cancels is kept, too") {
    const RunHistory history(system);
    TakenRun mine = taken();
    REQUIRE(history.cancel(tenant, run.id).has_value());
    mine.actions.emplace_back(JsonObject{{"status", "failed"}});
    RunStep failed = step_to("failed");
    failed.reason = "no";
    (void)queue.save(mine, failed);
    CHECK(state() == "cancelled -");
    CHECK(history.find(tenant, run.id)->find("actions")->array()->size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "runs are found by their key while statistics know of none") {
    const std::string plan = plan_of(
        "update automation_runs r set told = 'x'"
        " from unnest(array(select gen_random_uuid() from generate_series(1, 50))) as t (id)"
        " where r.id = t.id");
    CAPTURE(plan);
    CHECK(plan.find("Index Scan using automation_runs_pkey") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a run whose ledger cannot be read keeps no other from being taken up") {
    std::string nested = "1";
    for (int i = 0; i < 200; ++i) nested = "[" + nested + "]";
    const NewRun readable = run_of(tenant);
    system.write({}, [&](pqxx::transaction_base& transaction) {
        RunQueue::add(transaction, std::array{readable});
        transaction.exec_params0("update automation_runs set actions = $2::json where id = $1",
                                 to_string(run.id), nested);
    });
    CHECK(taken().id == readable.id);
    system.read({}, [&](pqxx::transaction_base& transaction) {
        CHECK(transaction
                  .exec_params1("select status from automation_runs where id = $1",
                                to_string(run.id))[0]
                  .as<std::string>() == "dead");
    });
}

TEST_CASE_FIXTURE(Fixture, "a page of runs ends where their actions come to some megabytes") {
    const std::array more{run_of(tenant), run_of(tenant)};
    system.write({}, [&](pqxx::transaction_base& transaction) {
        RunQueue::add(transaction, more);
        transaction.exec0("update automation_runs set actions = json_build_array("
                          "json_build_object('output', repeat('x', 3 * 1024 * 1024)))");
    });
    const RunHistory history(system);
    const RunPage first = history.page(tenant, {}, {}, 10);
    CHECK(first.runs.size() == 2);
    REQUIRE(first.next);
    CHECK(Json(first.runs.back()).text("id") == to_string(*first.next));
    const RunPage second = history.page(tenant, {}, first.next, 10);
    REQUIRE(second.runs.size() == 1);
    CHECK(Json(second.runs.front()).text("id") == to_string(run.id));
    CHECK_FALSE(second.next);
    CHECK(history.page(tenant, {}, {}, 1).next);
    CHECK(history.page(tenant, {}, first.next, 1).runs.size() == 1);
}
