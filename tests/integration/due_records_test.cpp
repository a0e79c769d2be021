#include "handlers/automation/due_records.hpp"

#include "handlers/automation/loop_guard.hpp"
#include "tests/support/house.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <array>

using namespace throughline;

namespace {

struct OneDue : DueRecords {
    DueRecord record;
    std::vector<DueRecord> due(const Uuid&, const std::string&, Time from, Time until) override {
        if (record.due > from && record.due <= until) return {record};
        return {};
    }
};

struct DueWorld : HouseWorld {
    OneDue due;
    AutomationTriggers triggers{commands};

    Uuid task() {
        const auto task = finish(commands.create(by_owner(), *registry.find("task"), new_id(),
                                                 JsonObject{{"name", "Next"}}));
        REQUIRE(task.has_value());
        return task->id;
    }
    Uuid add_rule(Time saved, const std::string& lead_time) {
        const Uuid rule = new_id();
        const JsonObject state{
            {"enabled", true},
            {"trigger",
             JsonObject{{"type", "event"}, {"event", "task.due_soon"}, {"lead_time", lead_time}}},
            {"updated_at", to_rfc3339(saved)}};
        system.write({}, [&](pqxx::transaction_base& transaction) {
            transaction.exec_params0(
                "insert into automation_rules (tenant_id, id, version, deleted, state)"
                " values ($1, $2, 1, false, $3::json)",
                to_string(tenant), to_string(rule), to_text(state));
        });
        return rule;
    }
    bool is_told(const Uuid& rule) {
        const std::array ids{due_trigger_id(rule, due.record.id, due.record.due)};
        return store.outcomes(tenant, ids).front().has_value();
    }
};

} // namespace

TEST_CASE_FIXTURE(HouseWorld, "what is due soon tells how many runs led to it, once") {
    CommandContext context = by_owner();
    context.origin.details.set("depth", 3);
    const auto task = finish(
        commands.create(context, *registry.find("task"), new_id(), JsonObject{{"name", "Next"}}));
    REQUIRE(task.has_value());
    system.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params0(
            R"(insert into automation_rules (tenant_id, id, version, deleted, state)
               values ($1, $2, 1, false, '{"enabled":true,
                       "trigger":{"type":"event","event":"task.due_soon"}}'))",
            to_string(tenant), to_string(new_id()));
    });
    OneDue due;
    due.record = DueRecord{task->id, now() + std::chrono::hours(1), now()};
    const AutomationTriggers triggers(commands);
    tell_due_records(system, store, due, triggers, now());
    const std::int64_t told = store.head_position();
    const StoredEvent event = store.log(told - 1, 1, {}).events.front();
    CHECK(event.type == "automation_trigger.created");
    CHECK(automation_depth(event) == 3);
    tell_due_records(system, store, due, triggers, now());
    CHECK(store.head_position() == told);
}

TEST_CASE_FIXTURE(DueWorld,
                  "what was due while nobody looked is told for a day, to no newer rule") {
    using namespace std::chrono_literals;
    const Time at = now();
    const Uuid old = add_rule(at - 48h, "1m");
    const Uuid recent = add_rule(at - 30min, "1m");
    due.record = DueRecord{task(), at - 1h, at - 3h};
    tell_due_records(system, store, due, triggers, at);
    CHECK(is_told(old));
    CHECK_FALSE(is_told(recent));
    const std::int64_t told = store.head_position();
    tell_due_records(system, store, due, triggers, at + 15s);
    CHECK(store.head_position() == told);

    due.record = DueRecord{task(), at - 10min, at - 3h};
    tell_due_records(system, store, due, triggers, at);
    CHECK(is_told(old));
    CHECK(is_told(recent));
    due.record = DueRecord{task(), at - 25h, at - 48h};
    tell_due_records(system, store, due, triggers, at);
    CHECK_FALSE(is_told(old));
    due.record = DueRecord{task(), at - 10min, at - 5min}; // nobody missed it
    tell_due_records(system, store, due, triggers, at);
    CHECK_FALSE(is_told(old));
}

TEST_CASE_FIXTURE(DueWorld, "a rule that has a fault keeps none behind it from what is due soon") {
    const Time at = now();
    const Uuid bad = add_rule(at, "soon");
    const Uuid good = add_rule(at, "2h");
    due.record = DueRecord{task(), at + std::chrono::hours(1), at};
    std::string told;
    try {
        tell_due_records(system, store, due, triggers, at);
    } catch (const std::exception& fault) {
        told = fault.what();
    }
    CHECK(told.find(to_string(bad)) != std::string::npos);
    CHECK(is_told(good));
}
