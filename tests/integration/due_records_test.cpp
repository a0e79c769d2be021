#include "handlers/automation/due_records.hpp"

#include "bus/memory_event_store.hpp"
#include "handlers/automation/loop_guard.hpp"
#include "tests/support/house.hpp"
#include "tests/support/wait.hpp"

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

/// Counts how often somebody looks where a stream stands.
struct CountingStore : MemoryEventStore {
    int asked = 0;
    std::vector<StreamHead> heads(const Uuid& of, std::span<const StreamKey> streams) override {
        ++asked;
        return MemoryEventStore::heads(of, streams);
    }
};

struct DueWorld : HouseWorld {
    OneDue due;
    NotMissed not_missed;
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
    void change(const Uuid& task, const JsonObject& values) {
        const auto changed =
            finish(commands.update(by_owner(), *registry.find("task"), task, values));
        REQUIRE_MESSAGE(changed.has_value(), changed.error().detail);
    }
    /// A record that is there at a time from which on it is due, which is past.
    Uuid task_that_falls_due() {
        const Uuid id = task();
        fall_due(id);
        return id;
    }
    void fall_due(const Uuid& task) {
        const Time at = now();
        REQUIRE(wait_until([&] { return now() > at; }));
        due.record = DueRecord{task, at, at};
    }
    /// As the lists show it after a change.
    void look_again() {
        due.record.changed = now();
        tell_due_records(system, store, due, triggers, not_missed, now());
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
    NotMissed not_missed;
    tell_due_records(system, store, due, triggers, not_missed, now());
    const std::int64_t told = store.head_position();
    const StoredEvent event = store.log(told - 1, 1, {}).events.front();
    CHECK(event.type == "automation_trigger.created");
    CHECK(automation_depth(event) == 3);
    tell_due_records(system, store, due, triggers, not_missed, now());
    CHECK(store.head_position() == told);
}

TEST_CASE_FIXTURE(DueWorld,
                  "what was due while nobody looked is told for a day, to no newer rule") {
    using namespace std::chrono_literals;
    const Time at = now();
    const Uuid old = add_rule(at - 48h, "1m");
    const Uuid recent = add_rule(at - 30min, "1m");
    due.record = DueRecord{task(), at - 1h, at - 3h};
    tell_due_records(system, store, due, triggers, not_missed, at);
    CHECK(is_told(old));
    CHECK_FALSE(is_told(recent));
    const std::int64_t told = store.head_position();
    tell_due_records(system, store, due, triggers, not_missed, at + 15s);
    CHECK(store.head_position() == told);

    due.record = DueRecord{task(), at - 10min, at - 3h};
    tell_due_records(system, store, due, triggers, not_missed, at);
    CHECK(is_told(old));
    CHECK(is_told(recent));
    due.record = DueRecord{task(), at - 25h, at - 48h};
    tell_due_records(system, store, due, triggers, not_missed, at);
    CHECK_FALSE(is_told(old));
    due.record = DueRecord{task(), at - 10min, at - 5min}; // nobody missed it
    tell_due_records(system, store, due, triggers, not_missed, at);
    CHECK_FALSE(is_told(old));
}

TEST_CASE_FIXTURE(DueWorld, "what was missed is told once, also where the record changed since") {
    const Uuid rule = add_rule(now() - std::chrono::hours(48), "1m");
    Uuid id = task_that_falls_due();
    for (int i = 0; i < 40; ++i) change(id, JsonObject{{"name", "Next " + std::to_string(i)}});
    look_again();
    CHECK(is_told(rule));
    change(id, JsonObject{{"priority", "high"}});
    const std::int64_t told = store.head_position();
    look_again();
    CHECK(store.head_position() == told);

    id = task_that_falls_due(); // and is taken up again after that
    change(id, JsonObject{{"status", "completed"}});
    change(id, JsonObject{{"status", "pending"}});
    look_again();
    CHECK(is_told(rule));

    id = task_that_falls_due(); // and is brought back
    const Kind& kind = *registry.find("task");
    REQUIRE(finish(commands.remove(by_owner(), kind, id)).has_value());
    REQUIRE(finish(commands.restore(by_owner(), kind, id)).has_value());
    look_again();
    CHECK(is_told(rule));
}

TEST_CASE_FIXTURE(DueWorld, "nobody missed what was not due, or done, when it fell due") {
    const Uuid rule = add_rule(now() - std::chrono::hours(48), "1m");
    Uuid id = task_that_falls_due();
    change(id, JsonObject{{"due_date", "2026-03-02"}});
    change(id, JsonObject{{"priority", "high"}});
    look_again();
    CHECK_FALSE(is_told(rule));

    id = task();
    change(id, JsonObject{{"status", "completed"}});
    fall_due(id);
    change(id, JsonObject{{"status", "pending"}});
    look_again();
    CHECK_FALSE(is_told(rule));

    id = task();
    const Kind& kind = *registry.find("task");
    REQUIRE(finish(commands.remove(by_owner(), kind, id)).has_value());
    fall_due(id);
    REQUIRE(finish(commands.restore(by_owner(), kind, id)).has_value());
    look_again();
    CHECK_FALSE(is_told(rule));
}

TEST_CASE_FIXTURE(DueWorld, "what nobody missed is looked at once for all rules, for a day") {
    using namespace std::chrono_literals;
    const Uuid rule = add_rule(now() - 48h, "1m");
    (void)add_rule(now() - 48h, "1h");
    const Uuid id = task_that_falls_due();
    change(id, JsonObject{{"due_date", "2026-03-02"}});
    look_again();
    CountingStore other;
    const auto asked_at = [&](NotMissed& known, Time at) {
        other.asked = 0;
        tell_due_records(system, other, due, triggers, known, at);
        return other.asked;
    };
    CHECK(asked_at(not_missed, now()) == 0);
    change(id, JsonObject{{"priority", "high"}});
    due.record.changed = now();
    CHECK(asked_at(not_missed, now()) == 0);
    CHECK_FALSE(is_told(rule));
    NotMissed nothing;
    CHECK(asked_at(nothing, now()) == 1);
    CHECK(nothing.contains(tenant, {"task", id}, due.record.due));
    (void)asked_at(nothing, due.record.due + 25h);
    CHECK_FALSE(nothing.contains(tenant, {"task", id}, due.record.due));
}

TEST_CASE_FIXTURE(DueWorld, "a rule that has a fault keeps none behind it from what is due soon") {
    const Time at = now();
    const Uuid bad = add_rule(at, "soon");
    const Uuid good = add_rule(at, "2h");
    due.record = DueRecord{task(), at + std::chrono::hours(1), at};
    std::string told;
    try {
        tell_due_records(system, store, due, triggers, not_missed, at);
    } catch (const std::exception& fault) {
        told = fault.what();
    }
    CHECK(told.find(to_string(bad)) != std::string::npos);
    CHECK(is_told(good));
}
