#include "handlers/automation/run_teller.hpp"

#include "bus/event_rows.hpp"
#include "bus/ids.hpp"
#include "bus/pg_text.hpp"
#include "bus/prepared.hpp"
#include "domain/automation_run.hpp"
#include "handlers/automation/run_steps.hpp"
#include "handlers/references.hpp"

#include <pqxx/pqxx>
#include <spdlog/spdlog.h>

#include <array>

namespace throughline {

namespace {

constexpr int most_at_once = 200;

const Kind& kind() {
    static const Kind run = automation_run_kind();
    return run;
}

void append(RecordEvents& events, Record& record, RecordEvents more, Time at) {
    for (RecordEvent& event : more) {
        evolve(record, event.type, event.data, at);
        events.push_back(std::move(event));
    }
}

void change_status(RecordEvents& events, Record& record, const std::string& status, Time at) {
    const JsonObject values{{"status", status}};
    append(events, record, decide_update(kind(), record, values).value(), at);
}

} // namespace

struct RunTeller::Ended {
    TakenRun run;
    std::string status;
    int tellings = 0;
};

std::vector<RunTeller::Ended> RunTeller::ended() const {
    std::vector<Ended> runs;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        runs.clear();
        for (const pqxx::row& row : exec_prepared(
                 transaction, "ended_runs",
                 std::string("select ") + event_columns +
                     ", run, rule_id, rule_version, subject_kind, subject_id, is_shadow, status,"
                     " tellings from (select id as run, rule_id, rule_version, subject_kind,"
                     " subject_id, is_shadow, status, tellings, position as of from automation_runs"
                     " where told is distinct from status"
                     " and status in ('succeeded', 'failed', 'cancelled', 'dead')"
                     " order by id limit $1) as ended join events on position = of",
                 most_at_once)) {
            Ended& ended = runs.emplace_back();
            ended.run.event = read_event_row(row);
            ended.run.tenant = ended.run.event.tenant;
            ended.run.id = uuid_of(text_of(row[13]));
            ended.run.rule = uuid_of(text_of(row[14]));
            ended.run.rule_version = row[15].as<std::int64_t>();
            if (!row[16].is_null())
                ended.run.subject =
                    StreamKey{std::string(text_of(row[16])), uuid_of(text_of(row[17]))};
            ended.run.is_shadow = row[18].as<bool>();
            ended.status = text_of(row[19]);
            ended.tellings = row[20].as<int>();
        }
    });
    return runs;
}

/// That it began, unless the log knows; that it was taken up again, where it had ended before; and
/// how it ended.
Command RunTeller::command_of(const Ended& ended) const {
    const TakenRun& run = ended.run;
    const Time at = now();
    const RulePtr rule = rules_.described(run.tenant, run.rule, run.rule_version);
    const RunFacts facts = facts_of(run, *rule);
    Record before;
    if (ended.tellings > 0) {
        const std::array key{StreamKey{kind().name, run.id}};
        const StreamHead head = store_.heads(run.tenant, key).front();
        before = record_from_state(kind(), head.state, head.version, head.archived);
    }
    Record record = before;
    RecordEvents events;
    if (record.version == 0)
        append(events, record,
               decide_create(kind(),
                             {{"rule_id", to_string(run.rule)},
                              {"rule_name", rule->name},
                              {"rule_version", run.rule_version},
                              {"trigger_type", facts.trigger_type},
                              {"event_id", to_string(run.event.id)},
                              {"mode", run.is_shadow ? "shadow" : "live"},
                              {"status", "running"}},
                             {}),
               at);
    change_status(events, record, "running", at);
    change_status(events, record, ended.status, at);
    for (RecordEvent& event : events)
        if (run.subject) event.links.push_back(*run.subject);
    Command command;
    command.id = derived_uuid(run.id, "told " + std::to_string(ended.tellings));
    command.tenant = run.tenant;
    command.origin = facts.origin();
    command.origin.actor_id = rule->owner;
    command.time = at;
    command.writes.push_back(to_write(run.tenant, kind(), run.id, before, events, at));
    return command;
}

void RunTeller::note(const std::vector<Ended>& told) const {
    PgArray ids, statuses, tellings;
    for (const Ended& one : told) {
        ids.add(one.run.id);
        statuses.add(one.status);
        tellings.add(one.tellings);
    }
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        exec_prepared(transaction, "told_runs",
                      "update automation_runs r set told = t.status, tellings = t.tellings + 1"
                      " from unnest($1::uuid[], $2::text[], $3::int[]) as t (id, status, tellings)"
                      " where r.id = t.id and r.tellings = t.tellings",
                      ids.text(), statuses.text(), tellings.text());
    });
}

/// One that cannot be told of keeps no other from it.
std::size_t RunTeller::tell_some() const {
    std::vector<std::pair<Ended, PendingOutcome>> under_way;
    for (Ended& run : ended()) {
        try {
            PendingOutcome outcome = store_.append(command_of(run));
            under_way.emplace_back(std::move(run), std::move(outcome));
        } catch (const std::exception& fault) {
            if (is_connection_loss(fault)) throw;
            spdlog::error("run {} cannot be told of: {}", to_string(run.run.id), fault_text(fault));
        }
    }
    std::vector<Ended> told;
    for (auto& [run, outcome] : under_way)
        if (std::holds_alternative<Committed>(outcome.get())) told.push_back(std::move(run));
    if (!told.empty()) note(told);
    return told.size();
}

} // namespace throughline
