#include "handlers/automation/due_records.hpp"

#include "handlers/automation/loop_guard.hpp"
#include "tests/support/house.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

using namespace throughline;

namespace {

struct OneDue : DueRecords {
    DueRecord record;
    std::vector<DueRecord> due(const Uuid&, const std::string&, Time, Time) override {
        return {record};
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
    due.record = DueRecord{task->id, now() + std::chrono::hours(1)};
    const AutomationTriggers triggers(commands);
    tell_due_records(system, store, due, triggers, now());
    const std::int64_t told = store.head_position();
    const StoredEvent event = store.log(told - 1, 1, {}).events.front();
    CHECK(event.type == "automation_trigger.created");
    CHECK(automation_depth(event) == 3);
    tell_due_records(system, store, due, triggers, now());
    CHECK(store.head_position() == told);
}
