#include "handlers/automation/due_records.hpp"

#include "bus/pg_text.hpp"
#include "domain/rules/cron_field.hpp"
#include "handlers/automation/loop_guard.hpp"
#include "handlers/automation/rule_faults.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <optional>

namespace throughline {

namespace {

constexpr std::string_view due_soon = ".due_soon";
/// What was due since then and is not told of yet is: nobody looked at it in time.
constexpr std::chrono::hours look_back{24};

struct Waiting {
    Uuid tenant;
    Uuid rule;
    std::string kind;
    std::string lead_time;
    std::optional<Time> saved;
};

std::vector<Waiting> waiting_rules(Database& system) {
    std::vector<Waiting> rules;
    system.read({}, [&](pqxx::transaction_base& transaction) {
        rules.clear();
        for (const pqxx::row& row : transaction.exec(
                 "select tenant_id, id, state->'trigger'->>'event',"
                 " coalesce(state->'trigger'->>'lead_time', '1d'), coalesce("
                 "state->>'updated_at', '') from automation_rules"
                 " where not deleted and (state->>'enabled')::boolean"
                 " and state->'trigger'->>'event' in ('task.due_soon', 'activity.due_soon')")) {
            std::string kind(text_of(row[2]));
            kind.resize(kind.size() - due_soon.size());
            rules.push_back({uuid_of(text_of(row[0])), uuid_of(text_of(row[1])), std::move(kind),
                             std::string(text_of(row[3])), parse_rfc3339(text_of(row[4]))});
        }
    });
    return rules;
}

/// Nothing that was due before the rule was there, or was enabled.
Time due_after(const Waiting& rule, Time now) {
    return std::clamp(rule.saved.value_or(now), now - look_back, now);
}

/// How many runs led to how the record is now: a rule that makes what is due soon leads to itself.
int depth_of(EventStore& store, const Uuid& tenant, const StreamKey& record) {
    const std::int64_t version = store.heads(tenant, std::span(&record, 1)).front().version;
    const auto events = store.stream(tenant, record, version - 1, version);
    return events.empty() ? 0 : automation_depth(events.back());
}

void tell(const Waiting& rule, EventStore& store, DueRecords& records,
          const AutomationTriggers& triggers, Time now) {
    const auto lead_time = rules::read_duration(rule.lead_time).value();
    const auto due = records.due(rule.tenant, rule.kind, due_after(rule, now), now + lead_time);
    std::vector<Uuid> ids;
    for (const DueRecord& record : due)
        ids.push_back(due_trigger_id(rule.rule, record.id, record.due));
    const auto known = store.outcomes(rule.tenant, ids);
    for (std::size_t i = 0; i < due.size(); ++i) {
        const bool was_missed = due[i].due <= now;
        if (known[i] || (was_missed && due[i].changed > due[i].due)) continue;
        const StreamKey record{rule.kind, due[i].id};
        triggers.due_soon(rule.tenant, rule.rule, record, due[i].due,
                          depth_of(store, rule.tenant, record));
    }
}

} // namespace

void tell_due_records(Database& system, EventStore& store, DueRecords& records,
                      const AutomationTriggers& triggers, Time now) {
    RuleFaults faults;
    for (const Waiting& rule : waiting_rules(system))
        faults.try_with(rule.rule, [&] { tell(rule, store, records, triggers, now); });
    faults.raise();
}

} // namespace throughline
