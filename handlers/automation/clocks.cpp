#include "handlers/automation/clocks.hpp"

#include "bus/pg_text.hpp"
#include "domain/rules/cron.hpp"
#include "handlers/automation/rule_faults.hpp"
#include "handlers/time_zones.hpp"

#include <pqxx/pqxx>
#include <spdlog/spdlog.h>

namespace throughline {

namespace {

constexpr std::size_t rung_at_once = 100;
/// Of a clock that rings each second and stood still for long: more are not counted.
constexpr int most_missed = 10'000;

std::optional<Time> next_ring(const std::string& text, const std::string& zone_name, Time after) {
    const auto cron = rules::Cron::parse(text);
    if (!cron) return std::nullopt;
    const std::string& own = cron->zone_name();
    const date::time_zone* const zone = find_time_zone(own.empty() ? zone_name : own);
    return zone == nullptr ? std::nullopt : cron->next(after, *zone);
}

std::string pg_micros(Time time) { return std::to_string(time.time_since_epoch().count()); }

constexpr const char* as_time = "to_timestamp($3::bigint / 1000000.0)";

struct Clock {
    Uuid rule;
    Uuid tenant;
    std::string cron;
    std::string zone;
    Time next;
};

constexpr const char* select_clocks =
    "select rule_id, tenant_id, cron, timezone, (extract(epoch from next_at) * 1000000)::bigint"
    " from automation_clocks";

Clock read_clock(const pqxx::row& row) {
    return {uuid_of(text_of(row[0])), uuid_of(text_of(row[1])), std::string(text_of(row[2])),
            std::string(text_of(row[3])), time_of(row[4])};
}

/// The latest time that the clock should have rung, and how many came before it.
struct Ring {
    Time at;
    int missed = 0;
    std::optional<Time> next;
};

Ring ring_of(const Clock& clock, Time now) {
    Ring ring{clock.next, 0, next_ring(clock.cron, clock.zone, clock.next)};
    while (ring.next && *ring.next <= now && ring.missed < most_missed) {
        ring.at = *ring.next;
        ++ring.missed;
        ring.next = next_ring(clock.cron, clock.zone, ring.at);
    }
    if (ring.next && *ring.next <= now) ring.next = next_ring(clock.cron, clock.zone, now);
    return ring;
}

/// Some of the clocks that are due, without those that `failed`.
pqxx::result due_clocks(pqxx::transaction_base& transaction, Time now, const PgArray& failed) {
    return transaction.exec_params(std::string(select_clocks) +
                                       " where next_at <= to_timestamp($1::bigint / 1000000.0)"
                                       " and rule_id <> all ($3::uuid[])"
                                       " order by next_at limit $2 for update skip locked",
                                   pg_micros(now), rung_at_once, failed.text());
}

Ring ring_once(const AutomationTriggers& triggers, const Clock& clock, Time now) {
    Ring ring = ring_of(clock, now);
    triggers.clock_rang(clock.tenant, clock.rule, ring.at, ring.missed);
    return ring;
}

/// Where the rule has a clock already that is done with it.
void insert(pqxx::transaction_base& transaction, const CompiledRule& rule, Time next,
            const std::string& where_there_is_one) {
    transaction.exec_params0(
        "insert into automation_clocks as c (rule_id, tenant_id, next_at, cron, timezone) values"
        " ($1, $2, " +
            std::string(as_time) + ", $4, $5) on conflict (rule_id) do " + where_there_is_one,
        to_string(rule.id), to_string(rule.tenant), pg_micros(next), rule.trigger.text("cron"),
        rule.trigger.text("timezone", "UTC"));
}

void move_on(pqxx::transaction_base& transaction, const Clock& clock,
             const std::optional<Time>& next) {
    if (next)
        transaction.exec_params0("update automation_clocks set next_at = " + std::string(as_time) +
                                     " where rule_id = $1 and tenant_id = $2",
                                 to_string(clock.rule), to_string(clock.tenant), pg_micros(*next));
    else
        transaction.exec_params0("delete from automation_clocks where rule_id = $1",
                                 to_string(clock.rule));
}

} // namespace

std::optional<Time> next_ring(const CompiledRule& rule, Time after) {
    if (rule.trigger.text("type") != "cron") return std::nullopt;
    return next_ring(rule.trigger.text("cron"), rule.trigger.text("timezone", "UTC"), after);
}

void set_missing_clock(pqxx::transaction_base& transaction, const CompiledRule& rule, Time from) {
    if (const auto next = next_ring(rule, from)) insert(transaction, rule, *next, "nothing");
}

void set_clock(pqxx::transaction_base& transaction, const RulePtr& rule, const StoredEvent& event) {
    const auto next = rule == nullptr ? std::nullopt : next_ring(*rule, event.recorded_at);
    if (!next) {
        transaction.exec_params0("delete from automation_clocks where rule_id = $1",
                                 to_string(event.stream.id));
        return;
    }
    insert(transaction, *rule, *next,
           "update set cron = excluded.cron, timezone = excluded.timezone, next_at ="
           " case when (c.cron, c.timezone) = (excluded.cron, excluded.timezone)"
           " then c.next_at else excluded.next_at end");
}

std::size_t ring_clocks(Database& system, const AutomationTriggers& triggers, Time now) {
    std::size_t rung = 0;
    RuleFaults faults;
    PgArray failed; // stay due, and would fill the place of those behind them
    bool goes_on = true;
    while (goes_on) {
        bool has_failed = false;
        system.write({}, [&](pqxx::transaction_base& transaction) {
            const pqxx::result due = due_clocks(transaction, now, failed);
            for (const pqxx::row& row : due) {
                const Clock clock = read_clock(row);
                std::optional<Ring> ring;
                faults.try_with(clock.rule, [&] { ring = ring_once(triggers, clock, now); });
                if (ring) {
                    move_on(transaction, clock, ring->next);
                    ++rung;
                } else {
                    failed.add(clock.rule);
                    has_failed = true;
                }
            }
            goes_on = has_failed && due.size() == rung_at_once;
        });
    }
    faults.raise();
    return rung;
}

std::size_t set_back_clocks(Database& system, Time now) {
    std::size_t set_back = 0;
    system.write({}, [&](pqxx::transaction_base& transaction) {
        set_back = 0;
        for (const pqxx::row& row :
             transaction.exec_params(std::string(select_clocks) +
                                         " where next_at > to_timestamp($1::bigint / 1000000.0)",
                                     pg_micros(now + std::chrono::minutes(1)))) {
            const Clock clock = read_clock(row);
            const auto next = next_ring(clock.cron, clock.zone, now);
            if (!next || *next >= clock.next) continue;
            set_back += static_cast<std::size_t>(
                transaction
                    .exec_params("update automation_clocks set next_at = " + std::string(as_time) +
                                     " where rule_id = $1 and tenant_id = $2 and next_at ="
                                     " to_timestamp($4::bigint / 1000000.0)",
                                 to_string(clock.rule), to_string(clock.tenant), pg_micros(*next),
                                 pg_micros(clock.next))
                    .affected_rows());
        }
    });
    return set_back;
}

} // namespace throughline
