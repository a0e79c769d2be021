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
constexpr std::int64_t events_at_once = 32;

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

std::int64_t version_of(EventStore& store, const Uuid& tenant, const StreamKey& record) {
    return store.heads(tenant, std::span(&record, 1)).front().version;
}

/// A record as it stood before an event, as far as it matters to whether it was due.
struct Before {
    bool was_there = true;
    bool was_done = false;
};

/// Takes an event back; false where it moved the due date.
bool take_back(Before& state, const StoredEvent& event, const std::string& field) {
    const JsonObject data = current_data(event);
    const Json* const after = data.find("after");
    if (after != nullptr && after->find(field) != nullptr) return false;
    if (const Json* const before = data.find("before"))
        if (const std::string status = before->text("status"); !status.empty())
            state.was_done = status == "completed" || status == "cancelled";
    if (event.type.ends_with(".restored")) state.was_there = false;
    if (event.type.ends_with(".deleted") || event.type.ends_with(".merged_into"))
        state.was_there = true;
    return true;
}

/// Whether the record, which is due, was so too when it fell due: what came later is taken back,
/// the latest first.
bool stood_so(EventStore& store, const Uuid& tenant, const StreamKey& record, Time due) {
    Before state;
    for (std::int64_t version = version_of(store, tenant, record); version > 0;
         version -= events_at_once) {
        const std::int64_t before = std::max<std::int64_t>(version - events_at_once, 0);
        const auto events = store.stream(tenant, record, before, version);
        for (auto event = events.rbegin(); event != events.rend(); ++event) {
            if (event->time <= due) return state.was_there && !state.was_done;
            if (!take_back(state, *event, due_field(record.kind))) return false;
        }
    }
    return false; // it was made later
}

/// Nobody misses what fell due before it was so.
bool is_missed(EventStore& store, const Uuid& tenant, const StreamKey& record,
               const DueRecord& found, NotMissed& not_missed) {
    if (found.created > found.due) return false;
    if (found.changed <= found.due) return true;
    if (not_missed.contains(tenant, record, found.due)) return false;
    if (stood_so(store, tenant, record, found.due)) return true;
    not_missed.add(tenant, record, found.due);
    return false;
}

/// How many runs led to how the record is now: a rule that makes what is due soon leads to itself.
int depth_of(EventStore& store, const Uuid& tenant, const StreamKey& record) {
    const std::int64_t version = version_of(store, tenant, record);
    const auto events = store.stream(tenant, record, version - 1, version);
    return events.empty() ? 0 : automation_depth(events.back());
}

void tell(const Waiting& rule, EventStore& store, DueRecords& records,
          const AutomationTriggers& triggers, NotMissed& not_missed, Time now) {
    const auto lead_time = rules::read_duration(rule.lead_time).value();
    const auto due = records.due(rule.tenant, rule.kind, due_after(rule, now), now + lead_time);
    std::vector<Uuid> ids;
    for (const DueRecord& record : due)
        ids.push_back(due_trigger_id(rule.rule, record.id, record.due));
    const auto known = store.outcomes(rule.tenant, ids);
    for (std::size_t i = 0; i < due.size(); ++i) {
        if (known[i]) continue;
        const StreamKey record{rule.kind, due[i].id};
        if (due[i].due <= now && !is_missed(store, rule.tenant, record, due[i], not_missed))
            continue;
        triggers.due_soon(rule.tenant, rule.rule, record, due[i].due,
                          depth_of(store, rule.tenant, record));
    }
}

} // namespace

std::string due_field(const std::string& kind) { return kind == "task" ? "due_date" : "due_at"; }

void tell_due_records(Database& system, EventStore& store, DueRecords& records,
                      const AutomationTriggers& triggers, NotMissed& not_missed, Time now) {
    not_missed.forget_before(now - look_back);
    RuleFaults faults;
    for (const Waiting& rule : waiting_rules(system))
        faults.try_with(rule.rule, [&] { tell(rule, store, records, triggers, not_missed, now); });
    faults.raise();
}

} // namespace throughline
