#include "handlers/automation/clocks.hpp"

#include "bus/ids.hpp"
#include "bus/migrate.hpp"
#include "tests/support/house.hpp"
#include "tests/support/private_postgres.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

using namespace throughline;

namespace {

struct Clocks : TestDatabase {
    Clocks() {
        migrate(url(), [](std::string_view) {});
    }
    const Uuid rule = new_id();
    Database system{url(), Role::system, 2};

    /// The rule is saved at a time, with a schedule; without one it is disabled.
    void save(const std::string& time, const std::string& cron) {
        auto saved = std::make_shared<CompiledRule>();
        saved->id = rule;
        saved->trigger = JsonObject{{"type", "cron"}, {"cron", cron}};
        StoredEvent event;
        event.stream = {"automation", rule};
        event.recorded_at = parse_rfc3339(time).value();
        system.write({}, [&](pqxx::transaction_base& transaction) {
            set_clock(transaction, cron.empty() ? nullptr : RulePtr(saved), event);
        });
    }
    /// When the clock rings next.
    std::string next() {
        std::string text = "never";
        system.read({}, [&](pqxx::transaction_base& transaction) {
            for (const pqxx::row& row :
                 transaction.exec("select to_char(next_at at time zone 'UTC', 'DD HH24:MI')"
                                  " from automation_clocks"))
                text = row[0].as<std::string>();
        });
        return text;
    }
};

/// Clocks of a tenant whose log is there.
struct RingingClocks : HouseWorld {
    Uuid add(const char* next_at, const char* cron) {
        const Uuid rule = new_id();
        system.write({}, [&](pqxx::transaction_base& transaction) {
            transaction.exec_params0("insert into automation_clocks"
                                     " (rule_id, tenant_id, next_at, cron, timezone)"
                                     " values ($1, $2, $3::timestamptz, $4, 'UTC')",
                                     to_string(rule), to_string(tenant), next_at, cron);
        });
        return rule;
    }
    /// At a time that no event has.
    Uuid add_bad() { return add("0044-03-15 09:00:00+00 BC", ""); }
    Uuid add_good() { return add("2026-03-02 09:00:00+00", "0 9 * * *"); }
    std::string fault_of_ringing() {
        try {
            (void)ring_clocks(system, AutomationTriggers(commands),
                              parse_rfc3339("2026-03-02T09:00:01Z").value());
        } catch (const std::exception& fault) {
            return fault.what();
        }
        return {};
    }
    /// The rule whose clock did; empty where the log's last event is another.
    std::string rang_last() {
        const StoredEvent event = store.log(store.head_position() - 1, 1, {}).events.front();
        if (event.type != "automation_trigger.created") return {};
        return parse_json(event.data).text("rule_id");
    }
};

} // namespace

TEST_CASE_FIXTURE(Clocks, "a clock that is missing is set, and one that is there stays") {
    CompiledRule daily;
    daily.id = rule;
    daily.trigger = JsonObject{{"type", "cron"}, {"cron", "0 9 * * *"}};
    const auto set_missing = [&](const std::string& from) {
        system.write({}, [&](pqxx::transaction_base& transaction) {
            set_missing_clock(transaction, daily, parse_rfc3339(from).value());
        });
    };
    set_missing("2026-03-02T08:00:00Z");
    CHECK(next() == "02 09:00");
    set_missing("2026-03-03T08:00:00Z"); // it has yet to ring
    CHECK(next() == "02 09:00");
}

TEST_CASE_FIXTURE(Clocks, "a ring that is due stays due until the schedule is another") {
    save("2026-03-02T08:00:00Z", "0 9 * * *");
    CHECK(next() == "02 09:00");
    save("2026-03-02T09:00:01Z", "0 9 * * *"); // it has yet to ring
    CHECK(next() == "02 09:00");
    save("2026-03-02T09:00:02Z", "0 10 * * *");
    CHECK(next() == "02 10:00");
    save("2026-03-02T11:00:00Z", "");
    CHECK(next() == "never");
    save("2026-03-02T12:00:00Z", "0 10 * * *");
    CHECK(next() == "03 10:00");
}

TEST_CASE_FIXTURE(Clocks, "a clock that a server ahead of time has set rings when it should") {
    const auto at = [](const char* time) { return parse_rfc3339(time).value(); };
    save("2026-03-02T08:00:00Z", "0 9 * * *");
    CHECK(set_back_clocks(system, at("2026-03-02T08:10:00Z")) == 0);
    CHECK(next() == "02 09:00");
    system.write({}, [](pqxx::transaction_base& transaction) {
        transaction.exec0("update automation_clocks set next_at = '2026-04-05T09:00:00Z'");
    });
    CHECK(set_back_clocks(system, at("2026-04-05T08:59:30Z")) == 0); // it is about to ring
    CHECK(next() == "05 09:00");
    CHECK(set_back_clocks(system, at("2026-03-03T09:30:00Z")) == 1);
    CHECK(next() == "04 09:00");
}

TEST_CASE_FIXTURE(RingingClocks, "a clock that cannot ring keeps none behind it from ringing") {
    const Uuid bad = add_bad();
    const Uuid good = add_good();
    CHECK(fault_of_ringing().find(to_string(bad)) != std::string::npos);
    CHECK(rang_last() == to_string(good));
}

TEST_CASE_FIXTURE(RingingClocks,
                  "more clocks that cannot ring than ring at once keep none from ringing") {
    constexpr int count = 120;
    for (int i = 0; i < count; ++i) (void)add_bad();
    const Uuid good = add_good();
    CHECK(fault_of_ringing().find("(and 119 other rules)") != std::string::npos);
    CHECK(rang_last() == to_string(good));
}
