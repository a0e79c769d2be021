#pragma once
#include "domain/automation.hpp"
#include "handlers/automation/rule_versions.hpp"
#include "handlers/automation/run_metrics.hpp"
#include "handlers/automation/run_queue.hpp"
#include "tests/support/house.hpp"
#include "tests/support/wait.hpp"

#include <pqxx/pqxx>

namespace throughline {

/// Runs of a rule of two actions for one contact.
struct RunWorld : HouseWorld {
    RuleVersions versions{store};
    RunMetrics metrics;
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
    using HouseWorld::state;
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

} // namespace throughline
