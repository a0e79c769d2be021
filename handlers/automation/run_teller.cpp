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

#include <algorithm>
#include <array>

namespace throughline {

namespace {

constexpr int most_at_once = 200;
constexpr std::chrono::seconds shortest_rest{5};
constexpr std::chrono::seconds longest_rest = std::chrono::hours(1);

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
    Record before; // as the log knows the run
};

RunTeller::Ended RunTeller::read_ended(const pqxx::row& row) {
    Ended ended;
    ended.run.event = read_event_row(row);
    ended.run.tenant = ended.run.event.tenant;
    ended.run.id = uuid_of(text_of(row[13]));
    ended.run.rule = uuid_of(text_of(row[14]));
    ended.run.rule_version = row[15].as<std::int64_t>();
    if (!row[16].is_null())
        ended.run.subject = StreamKey{std::string(text_of(row[16])), uuid_of(text_of(row[17]))};
    ended.run.is_shadow = row[18].as<bool>();
    ended.status = text_of(row[19]);
    ended.tellings = row[20].as<int>();
    if (!row[21].is_null())
        ended.before = record_from_state(kind(), text_of(row[22]), row[21].as<std::int64_t>(),
                                         row[23].as<bool>());
    return ended;
}

/// Runs on their way to being told of.
struct RunTeller::Batch {
    std::vector<Ended> ended;
    std::vector<std::pair<Ended, PendingOutcome>> under_way;
    std::vector<Ended> told;
    std::map<Uuid, std::string> faults; // why they cannot be told of, by run

    /// One that has a fault keeps no other from it. Throws where the connection is lost.
    template <class Step> void try_with(const Uuid& run, const Step& step) {
        try {
            step();
        } catch (const std::exception& fault) {
            if (is_connection_loss(fault)) throw;
            faults.insert_or_assign(run, fault_text(fault));
        }
    }
};

RunTeller::Batch RunTeller::ended() const {
    PgArray resting;
    for (const auto& [run, rest] : resting_)
        if (rest.until > Clock::now()) resting.add(run);
    Batch batch;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        batch = {};
        for (const pqxx::row& row : exec_prepared(
                 transaction, "ended_runs",
                 std::string("select ") + event_columns +
                     ", run, rule_id, rule_version, subject_kind, subject_id, is_shadow, status,"
                     " tellings, log_version, log_state, log_archived"
                     " from (select id as run, rule_id, rule_version, subject_kind, subject_id, "
                     "is_shadow, status, tellings, position as of from automation_runs"
                     " where told is distinct from status"
                     " and status in ('succeeded', 'failed', 'cancelled', 'dead')"
                     " and id <> all ($2::uuid[])"
                     " order by id limit $1) as ended join events on position = of"
                     " left join lateral (select s.version as log_version, s.state as log_state,"
                     " s.archived as log_archived from streams s"
                     " where s.tenant_id = events.tenant_id and s.kind = 'automation_run' and s.id "
                     "= run offset 0) as head on true",
                 most_at_once, resting.text()))
            batch.try_with(uuid_of(text_of(row[13])),
                           [&] { batch.ended.push_back(read_ended(row)); });
    });
    return batch;
}

/// That it began, unless the log knows; that it was taken up again, where it had ended before; and
/// how it ended.
Command RunTeller::command_of(const Ended& ended) const {
    const TakenRun& run = ended.run;
    const Time at = now();
    const RulePtr rule = rules_.described(run.tenant, run.rule, run.rule_version);
    const RunFacts facts = facts_of(run, *rule);
    Record before = ended.before;
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
    command.id =
        derived_uuid(run.id, "told " + std::to_string(ended.tellings) + " " + ended.status);
    command.tenant = run.tenant;
    command.origin = facts.origin();
    command.origin.actor_id = rule->owner;
    command.time = at;
    command.writes.push_back(to_write(run.tenant, kind(), run.id, before, events, at));
    return command;
}

void RunTeller::begin(Batch& batch) const {
    for (Ended& run : batch.ended)
        batch.try_with(run.run.id, [&] {
            PendingOutcome outcome = store_.append(command_of(run));
            batch.under_way.emplace_back(std::move(run), std::move(outcome));
        });
}

/// What the log does not take for now is asked again soon.
void RunTeller::await(Batch& batch) const {
    for (auto& [run, pending] : batch.under_way)
        batch.try_with(run.run.id, [&] {
            const Outcome outcome = pending.get();
            if (std::holds_alternative<Committed>(outcome))
                batch.told.push_back(std::move(run));
            else if (const auto* const refused = std::get_if<Refused>(&outcome))
                batch.faults[run.run.id] = refused->cause;
            else if (std::holds_alternative<Conflict>(outcome))
                batch.faults[run.run.id] = "its stream is not where it was left";
        });
}

/// One that is taken up again meanwhile has yet to be told of its next end.
void RunTeller::note(const std::vector<Ended>& told) {
    if (told.empty()) return;
    PgArray ids, statuses, tellings;
    for (const Ended& one : told) {
        ids.add(one.run.id);
        statuses.add(one.status);
        tellings.add(one.tellings);
    }
    std::vector<std::pair<Uuid, std::string>> counted;
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        for (const pqxx::row& row : exec_prepared(
                 transaction, "told_runs",
                 "update automation_runs r set tellings = t.tellings + 1,"
                 " told = case when r.status = t.status then t.status end"
                 " from unnest($1::uuid[], $2::text[], $3::int[]) as t (id, status, tellings)"
                 " where r.id = t.id and r.tellings = t.tellings returning r.tenant_id, t.status",
                 ids.text(), statuses.text(), tellings.text()))
            counted.emplace_back(uuid_of(text_of(row[0])), text_of(row[1]));
    });
    for (const auto& [tenant, status] : counted) metrics_.ended(tenant, status);
    for (const Ended& one : told) resting_.erase(one.run.id);
}

/// Logged once for all that are new to it. Those that somebody else took care of are forgotten.
void RunTeller::set_aside(const std::map<Uuid, std::string>& faults) {
    const auto at = Clock::now();
    std::erase_if(resting_,
                  [&](const auto& entry) { return entry.second.until + longest_rest < at; });
    std::vector<std::string> first;
    for (const auto& [run, fault] : faults) {
        Rest& rest = resting_[run];
        if (rest.length.count() == 0) first.push_back(to_string(run) + ": " + fault);
        rest.length = std::clamp(rest.length * 2, shortest_rest, longest_rest);
        rest.until = at + rest.length;
    }
    if (!first.empty())
        spdlog::error("{} runs cannot be told of for now, such as {}", first.size(), first.front());
}

std::size_t RunTeller::tell_some() {
    Batch batch = ended();
    begin(batch);
    await(batch);
    note(batch.told);
    set_aside(batch.faults);
    return batch.told.size() + batch.faults.size();
}

} // namespace throughline
