#include "handlers/automation/executor.hpp"

#include "tests/support/run_world.hpp"
#include "tests/support/seen_events.hpp"

#include <doctest/doctest.h>

#include <atomic>

using namespace throughline;

namespace {

/// What actions do is the test's to say.
struct Executing : RunWorld {
    SeenEvents seen{*this};
    Breakers breakers{system, commands};
    RunQueue queue{system};
    Perform performed = [](const Effect&) -> EffectResult { return Done{}; };
    RunExecutor executor{
        {queue, store, versions, seen.contexts, breakers, metrics, [] {}},
        {{"analytics.track", [this](const Effect& effect) { return performed(effect); }}},
        RetryPolicy{3, std::chrono::milliseconds(1), std::chrono::seconds(1)},
        4};
};

} // namespace

TEST_CASE_FIXTURE(Executing, "runs in shadow mode use up no trial of a breaker") {
    system.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params0("insert into automation_breakers values ($1, now(), 1, now())",
                                 to_string(tenant));
    });
    for (int i = 0; i < 20; ++i) (void)add(true);
    const Uuid live = add();
    executor.start();
    CHECK(comes_to(live, "succeeded 2 0 2"));
    system.read({}, [&](pqxx::transaction_base& transaction) {
        CHECK(transaction.exec("select from automation_breakers").empty());
    });
}

TEST_CASE_FIXTURE(Executing, "an action that fails as the server ends is no attempt") {
    std::atomic<int> count = 0;
    performed = [&](const Effect&) -> EffectResult {
        executor.begin_stop();
        ++count;
        return Failed{"The server is going away.", true};
    };
    const Uuid id = add();
    executor.start();
    CHECK(wait_until([&] { return count == 1; }));
    executor.stop();
    CHECK(state(id) == "waiting 0 0 0");
}

TEST_CASE_FIXTURE(Executing, "a run goes no further as the server ends, and keeps what it did") {
    std::atomic<int> count = 0;
    performed = [&](const Effect&) -> EffectResult {
        ++count;
        executor.begin_stop();
        return Done{};
    };
    const Uuid id = add();
    executor.start();
    CHECK(wait_until([&] { return count == 1; }));
    executor.stop();
    CHECK(comes_to(id, "waiting 1 0 1"));
    CHECK(count == 1);
    CHECK(queue.due().size() == 1); // another's to go on with
}
