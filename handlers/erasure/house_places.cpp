#include "handlers/erasure/house_places.hpp"

#include "bus/pg_text.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace throughline {
namespace {

/// A table, and what of a row tells of a person.
struct Kept {
    const char* name;
    const char* table;
    const char* text;    // all that may quote a value
    const char* blanked; // what an erasure sets
    const char* is_left; // whether it may tell anything at all
    const char* made_at; // when it was last told something
    // A statement: kind and id of the records that it is about.
    const char* subjects = "select subject_kind, subject_id";
};

constexpr std::array places{
    Kept{"notifications", "notifications", "title || ' ' || message",
         "title = '[erased]', message = '[erased]'", "message <> '[erased]'", "created_at"},
    Kept{"queues", "queue_messages", "payload::text",
         "payload = null, done_at = coalesce(done_at, clock_timestamp())", "payload is not null",
         "enqueued_at"},
    Kept{"analytics", "analytics_events", "properties::text", "properties = '{}'",
         "properties::text <> '{}'", "created_at"},
    // What a run has yet to do about the person is not done, and whoever is at it keeps nothing,
    // also where it was cancelled before.
    Kept{"automation_runs", "automation_runs", "actions::text",
         "actions = '[]', claim = null, ended_at = coalesce(ended_at, clock_timestamp()), status = "
         "case when "
         "status in ('waiting', 'running') then 'cancelled' else status end",
         "(actions::text <> '[]' or status in ('waiting', 'running') or claim is not null)",
         "created_at"},
    Kept{"backtests", "automation_backtests", "result::text", "result = '{}'",
         "result::text <> '{}'", "due_at - interval '1 minute'",
         "select split_part(fire ->> 'subject', '/', 1), split_part(fire ->> 'subject', '/', "
         "2)::uuid from json_array_elements(result -> 'fires') as fire where fire ->> 'subject' <> "
         "''"},
};

std::string condition(const Kept& kept) {
    const auto is_about = [&](std::string_view kinds, std::string_view ids) {
        return fmt::format("exists ({} intersect select * from unnest({}::text[], {}::uuid[]))",
                           kept.subjects, kinds, ids);
    };
    return fmt::format("tenant_id = $1 and {} and ({} or {} or ({} and {}))", kept.is_left,
                       is_about("$4", "$5"), quotes_one(kept.text), is_about("$8", "$9"),
                       quotes_one(kept.text, "$6", "$7"));
}

/// What is under way may have read of the person already: it is lost to who is at it, and begins
/// again a minute later.
void restart_backtests(pqxx::transaction_base& transaction, const Uuid& tenant) {
    transaction.exec_params0("update automation_backtests set status = 'queued', progress = 0, "
                             "result = '{}', due_at = clock_timestamp() + interval '1 minute' "
                             "where tenant_id = $1 and status in ('queued', 'running')",
                             to_string(tenant));
}

struct Streams {
    PgArray kinds, ids;

    explicit Streams(const std::vector<StreamKey>& streams) {
        for (const StreamKey& stream : streams) {
            kinds.add(stream.kind);
            ids.add(stream.id);
        }
    }
};

/// A statement with the parameters of `condition`.
pqxx::result exec(pqxx::transaction_base& transaction, const std::string& sql, const Uuid& tenant,
                  const Person& person) {
    const Streams own(person.records);
    const Streams around(person.around);
    return transaction.exec_params(sql, to_string(tenant), person.addresses.values(),
                                   person.addresses.patterns(), own.kinds.text(), own.ids.text(),
                                   person.quoted_names.values(), person.quoted_names.patterns(),
                                   around.kinds.text(), around.ids.text());
}

} // namespace

HousePlaces::Places HousePlaces::count(const Uuid& tenant, const Person& person) {
    Places found;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        for (std::size_t i = 0; i < places.size(); ++i)
            found.at(i) = {places.at(i).name,
                           exec(transaction,
                                fmt::format("select count(*) from {} where {}", places.at(i).table,
                                            condition(places.at(i))),
                                tenant, person)[0][0]
                               .as<std::int64_t>()};
    });
    return found;
}

HousePlaces::Places HousePlaces::blank(const Uuid& tenant, const Person& person) {
    Places blanked;
    system_.write(tenant, [&](pqxx::transaction_base& transaction) {
        restart_backtests(transaction, tenant);
        for (std::size_t i = 0; i < places.size(); ++i) {
            const Kept& kept = places.at(i);
            const pqxx::result done = exec(
                transaction,
                fmt::format("update {} set {} where {}", kept.table, kept.blanked, condition(kept)),
                tenant, person);
            blanked.at(i) = {kept.name, static_cast<std::int64_t>(done.affected_rows())};
        }
    });
    return blanked;
}

std::vector<std::string> left_behind(pqxx::transaction_base& transaction, int most) {
    std::vector<std::string> found;
    for (const Kept& kept : places)
        for (const pqxx::row& row : transaction.exec(
                 fmt::format("select id from {} r where {} and exists (select from ({}) as subject "
                             "(kind, id) join events said on said.kind = subject.kind and "
                             "said.stream_id = subject.id where said.tenant_id = r.tenant_id "
                             "and said.type = said.kind || '.erased' "
                             "and said.kind not in ('deal', 'organization') " // lost a name alone
                             "and said.recorded_at > r.{}) limit {}",
                             kept.table, kept.is_left, kept.subjects, kept.made_at, most)))
            found.push_back(fmt::format("{} {}", kept.table, row[0].c_str()));
    return found;
}

} // namespace throughline
