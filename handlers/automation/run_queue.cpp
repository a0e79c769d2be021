#include "handlers/automation/run_queue.hpp"

#include "bus/event_rows.hpp"
#include "bus/ids.hpp"
#include "bus/pg_text.hpp"
#include "bus/prepared.hpp"

#include <pqxx/pqxx>

#include <array>
#include <unordered_map>

namespace throughline {

namespace {

constexpr const char* add_runs =
    "insert into automation_runs (id, tenant_id, rule_id, rule_version, event_id, position,"
    " subject_kind, subject_id, is_shadow, reason, held_by, status, due_at, started_at, "
    "ended_at)"
    " select run.*, case when reason is null then 'waiting' else 'failed' end,"
    " case when held_by is null then now() else 'infinity' end,"
    " case when reason is not null then now() end, case when reason is not null then now() end"
    " from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[], $6::bigint[],"
    " $7::text[], $8::uuid[], $9::boolean[], $10::text[], $11::uuid[]) as run (id, tenant, "
    "rule,"
    " version, event, position, kind, subject, shadow, reason, held_by) on conflict (rule_id, "
    "event_id) do"
    " nothing";

constexpr const char* save_runs =
    "update automation_runs r set status = case when r.status = 'cancelled' or"
    " s.status = 'waiting' and r.reason is not null then 'cancelled' else"
    " s.status end, reason = case when r.status = 'cancelled' or"
    " s.status in ('running', 'waiting') then r.reason else"
    " nullif(s.reason, '') end, next_action = s.next_action, attempts = s.attempts,"
    " actions = s.actions::json, due_at = case when s.until is not null then"
    " to_timestamp(s.until / 1000000.0) else now() + make_interval(secs =>"
    " s.wait) end, claim = case when s.status = 'running' and"
    " r.status = 'running' then r.claim end, ended_at = case when"
    " r.status = 'cancelled' then r.ended_at when s.status = 'running' or"
    " s.status = 'waiting' and r.reason is null then null else clock_timestamp() end"
    " from unnest($1::uuid[], $2::uuid[],"
    " $3::text[], $4::text[], $5::int[], $6::int[], $7::text[],"
    " $8::double precision[], $9::bigint[]) as s (id, claim, status, reason,"
    " next_action, attempts, actions, wait, until)"
    " where r.id = s.id and r.claim = s.claim"
    " returning s.status <> 'running' or r.status = 'running'";

std::optional<std::string> micros(std::optional<Time> time) {
    if (!time) return std::nullopt;
    return std::to_string(time->time_since_epoch().count());
}

std::string seconds_text(std::chrono::milliseconds time) {
    return std::to_string(static_cast<double>(time.count()) / 1000.0);
}

void read_events(pqxx::transaction_base& transaction, std::vector<TakenRun>& runs,
                 const std::vector<std::int64_t>& positions) {
    PgArray wanted;
    for (const std::int64_t position : positions) wanted.add(position);
    std::unordered_map<std::int64_t, StoredEvent> events;
    for (const pqxx::row& row : exec_prepared(transaction, "events_of_runs",
                                              std::string("select ") + event_columns +
                                                  " from events where position = any ($1)",
                                              wanted.text())) {
        StoredEvent event = read_event_row(row);
        events.emplace(event.position, std::move(event));
    }
    for (std::size_t i = 0; i < runs.size(); ++i) runs[i].event = events.at(positions[i]);
}

/// Of a row of `take`: all but the actions and the event.
TakenRun taken_run(const pqxx::row& row, const Uuid& claim) {
    TakenRun run;
    run.id = uuid_of(text_of(row[0]));
    run.claim = claim;
    run.tenant = uuid_of(text_of(row[1]));
    run.rule = uuid_of(text_of(row[2]));
    run.rule_version = row[3].as<std::int64_t>();
    if (!row[4].is_null())
        run.subject = StreamKey{std::string(text_of(row[4])), uuid_of(text_of(row[5]))};
    run.is_shadow = row[6].as<bool>();
    run.next_action = row[7].as<std::size_t>();
    run.attempts = row[8].as<int>();
    return run;
}

/// False where they cannot be read.
bool read_actions(const pqxx::field& text, TakenRun& run) {
    try {
        run.actions = std::move(*parse_json(text_of(text)).array());
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

/// One that cannot be read must not keep the others from being taken up.
void bury(pqxx::transaction_base& transaction, const Uuid& run) {
    transaction.exec_params0("update automation_runs set status = 'dead', claim = null, reason ="
                             " 'What it did cannot be read.', ended_at = clock_timestamp()"
                             " where id = $1",
                             to_string(run));
}

} // namespace

Uuid run_id(const Uuid& event, const Uuid& rule) {
    return derived_uuid(event, "run of " + to_string(rule));
}

void RunQueue::add(pqxx::transaction_base& transaction, std::span<const NewRun> runs) {
    if (runs.empty()) return;
    PgArray ids, tenants, rules, versions, events, positions, kinds, subjects, shadows, reasons,
        imports;
    for (const NewRun& run : runs) {
        ids.add(run.id);
        tenants.add(run.tenant);
        rules.add(run.rule);
        versions.add(run.rule_version);
        events.add(run.event);
        positions.add(run.position);
        if (run.subject) {
            kinds.add(run.subject->kind);
            subjects.add(run.subject->id);
        } else {
            kinds.add_null();
            subjects.add_null();
        }
        shadows.add(run.is_shadow);
        reasons.add_or_null(run.refused.empty() ? std::nullopt : std::optional(run.refused));
        imports.add_or_null(run.held_by);
    }
    exec_prepared(transaction, "add_runs", add_runs, ids.text(), tenants.text(), rules.text(),
                  versions.text(), events.text(), positions.text(), kinds.text(), subjects.text(),
                  shadows.text(), reasons.text(), imports.text());
}

void RunQueue::release(pqxx::transaction_base& transaction, const Uuid& tenant,
                       const Uuid& import) {
    transaction.exec_params0("update automation_runs set held_by = null, due_at = now()"
                             " where held_by = $1 and tenant_id = $2",
                             to_string(import), to_string(tenant));
}

/// A reason on a run that has not ended says that it must not wait again.
void RunQueue::cancel(pqxx::transaction_base& transaction, const Uuid& tenant, const Uuid& rule,
                      std::int64_t before, const std::string& reason) {
    transaction.exec_params0(
        "update automation_runs set reason = $4,"
        " status = case when status = 'waiting' or due_at <= now() then 'cancelled'"
        " else status end,"
        " claim = case when status = 'running' and due_at > now() then claim end,"
        " ended_at = case when status = 'waiting' or due_at <= now() then now() end"
        " where tenant_id = $1 and rule_id = $2 and position < $3"
        " and status in ('waiting', 'running')",
        to_string(tenant), to_string(rule), before, reason);
}

std::vector<DueTenant> RunQueue::due() {
    std::vector<DueTenant> tenants;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        tenants.clear();
        // From one tenant to the next by the index, however many runs each has.
        for (const pqxx::row& row : exec_prepared(
                 transaction, "due_tenants",
                 "with recursive tenants as ("
                 " (select tenant_id from automation_runs where status in ('waiting', 'running')"
                 "  order by tenant_id limit 1)"
                 " union all select (select r.tenant_id from automation_runs r"
                 "  where r.status in ('waiting', 'running') and r.tenant_id > t.tenant_id"
                 "  order by r.tenant_id limit 1) from tenants t where t.tenant_id is not null)"
                 " select t.tenant_id, b.tenant_id is not null"
                 " from tenants t left join automation_breakers b using (tenant_id)"
                 " where exists (select from automation_runs r where r.tenant_id = t.tenant_id"
                 " and r.status in ('waiting', 'running') and r.due_at <= now())"
                 " and (b.closed_until is null or b.closed_until <= now())"))
            tenants.push_back({uuid_of(text_of(row[0])), row[1].as<bool>()});
    });
    return tenants;
}

std::vector<TakenRun> RunQueue::take(const std::map<Uuid, std::size_t>& shares) {
    PgArray tenants;
    PgArray counts;
    for (const auto& [tenant, count] : shares) {
        tenants.add(tenant);
        counts.add(static_cast<std::int64_t>(count));
    }
    const Uuid claim = new_id();
    std::vector<TakenRun> runs;
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        runs.clear();
        std::vector<std::int64_t> positions;
        std::vector<Uuid> unreadable;
        for (const pqxx::row& row : exec_prepared(
                 transaction, "take_runs",
                 "with taken as (select d.id from unnest($1::uuid[], $2::bigint[]) as"
                 " share (tenant, runs) cross join lateral (select r.id from automation_runs r"
                 " where r.tenant_id = share.tenant and r.status in ('waiting', 'running')"
                 " and r.due_at <= now() order by r.due_at limit share.runs"
                 " for update skip locked) as d)"
                 " update automation_runs r set status = case when r.reason is null then 'running'"
                 " else 'cancelled' end, claim = case when r.reason is null then $3::uuid end,"
                 " ended_at = case when r.reason is not null then now() end, due_at = now() +"
                 " make_interval(secs => $4), attempts = r.attempts + 1, started_at = "
                 "coalesce(started_at, now())"
                 " from taken where r.id = taken.id returning r.id, r.tenant_id, r.rule_id,"
                 " r.rule_version, r.subject_kind, r.subject_id, r.is_shadow, r.next_action,"
                 " r.attempts, r.actions, r.position, r.reason is not null",
                 tenants.text(), counts.text(), to_string(claim), lease.count())) {
            if (row[11].as<bool>()) continue; // cancelled while one that died was at it
            TakenRun run = taken_run(row, claim);
            if (!read_actions(row[9], run)) {
                unreadable.push_back(run.id);
                continue;
            }
            positions.push_back(row[10].as<std::int64_t>());
            runs.push_back(std::move(run));
        }
        for (const Uuid& run : unreadable) bury(transaction, run);
        if (!runs.empty()) read_events(transaction, runs, positions);
    });
    return runs;
}

void RunQueue::give_back(std::span<const TakenRun> runs) {
    PgArray ids, claims;
    for (const TakenRun& run : runs) {
        ids.add(run.id);
        claims.add(run.claim);
    }
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params0(
            "update automation_runs r set claim = null, due_at = now(),"
            " attempts = r.attempts - 1, status = case when r.reason is null"
            " then 'waiting' else 'cancelled' end,"
            " ended_at = case when r.reason is not null then now() end"
            " from unnest($1::uuid[], $2::uuid[]) as b (id, claim)"
            " where r.id = b.id and r.claim = b.claim and r.status = 'running'",
            ids.text(), claims.text());
    });
}

bool RunQueue::save(const TakenRun& run, const RunStep& step) {
    const std::array one{std::pair(run, step)};
    return save(one) == 1;
}

std::size_t RunQueue::save(std::span<const std::pair<TakenRun, RunStep>> runs) {
    PgArray ids, claims, statuses, reasons, next, attempts, actions, waits, untils;
    for (const auto& [run, step] : runs) {
        ids.add(run.id);
        claims.add(run.claim);
        statuses.add(step.status);
        reasons.add(step.reason);
        next.add(static_cast<std::int64_t>(step.next_action));
        attempts.add(step.attempts);
        actions.add(to_text(run.actions));
        waits.add(seconds_text(step.wait.value_or(lease)));
        untils.add_or_null(micros(step.until));
    }
    std::size_t ours = 0;
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        ours = 0;
        for (const pqxx::row& row :
             exec_prepared(transaction, "save_runs", save_runs, ids.text(), claims.text(),
                           statuses.text(), reasons.text(), next.text(), attempts.text(),
                           actions.text(), waits.text(), untils.text()))
            if (row[0].as<bool>()) ++ours;
    });
    return ours;
}

} // namespace throughline
