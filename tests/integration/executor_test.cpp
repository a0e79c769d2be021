#include "handlers/automation/executor.hpp"

#include "api/past_records.hpp"
#include "domain/automation.hpp"
#include "tests/support/house.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <array>
#include <atomic>

using namespace throughline;

namespace {

/// Runs of a rule for one contact, each done as the test says.
struct Executing : HouseWorld {
    TenantKinds kinds{store, registry};
    Past past{app, registry};
    PastRecords records{past};
    EventContexts contexts{kinds, registry, records};
    RuleVersions versions{store};
    Breakers breakers{system, commands};
    RunMetrics metrics;
    RunQueue queue{system};
    Perform performed = [](const Effect&) -> EffectResult { return Done{}; };
    RunExecutor executor{
        {queue, store, versions, contexts, breakers, metrics, [] {}},
        {{"analytics.track", [this](const Effect& effect) { return performed(effect); }}},
        RetryPolicy{3, std::chrono::milliseconds(1), std::chrono::seconds(1)},
        4};
    const Uuid rule = saved(R"([{"type":"analytics.track","event":"first"},
                                {"type":"analytics.track","event":"second"}])");
    const Uuid contact = create("contact", JsonObject{{"name", "Ada"}});
    const StoredEvent event = last_event();

    Uuid saved(const std::string& does) {
        static const Kind kind = automation_kind();
        const auto written = finish(commands.create(
            by_owner(), kind, new_id(),
            JsonObject{{"name", "R"},
                       {"trigger", JsonObject{{"type", "event"}, {"event", "contact.created"}}},
                       {"actions", parse_json(does)}}));
        REQUIRE(written.has_value());
        return written->id;
    }
    StoredEvent last_event() { return store.log(store.head_position() - 1, 1, {}).events.front(); }
    /// Rule and event make a run what it is: an event of its own for each, at the same place.
    Uuid add(bool is_shadow = false) {
        NewRun made;
        made.id = new_id();
        made.tenant = tenant;
        made.rule = rule;
        made.rule_version = 1;
        made.event = new_id();
        made.position = event.position;
        made.subject = StreamKey{"contact", contact};
        made.is_shadow = is_shadow;
        system.write({}, [&](pqxx::transaction_base& transaction) {
            RunQueue::add(transaction, std::array{made});
        });
        return made.id;
    }
    /// Its status, next action, attempts of that, and how many actions it tells of.
    std::string state(const Uuid& id) {
        std::string text;
        system.read({}, [&](pqxx::transaction_base& transaction) {
            text = transaction
                       .exec_params1("select status || ' ' || next_action || ' ' || attempts || ' '"
                                     " || json_array_length(actions) from automation_runs"
                                     " where id = $1",
                                     to_string(id))[0]
                       .as<std::string>();
        });
        return text;
    }
    bool comes_to(const Uuid& id, const std::string& wanted) {
        return wait_until([&] { return state(id) == wanted; });
    }
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
