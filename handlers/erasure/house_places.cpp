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
    const char* made_at;
};

constexpr std::array places{
    Kept{"notifications", "notifications", "title || ' ' || message",
         "title = '[erased]', message = '[erased]'", "message <> '[erased]'", "created_at"},
    Kept{"queues", "queue_messages", "payload::text",
         "payload = null, done_at = coalesce(done_at, clock_timestamp())", "payload is not null",
         "enqueued_at"},
    Kept{"analytics", "analytics_events", "properties::text", "properties = '{}'",
         "properties::text <> '{}'", "created_at"},
    // What a run has yet to do about the person is not done.
    Kept{"automation_runs", "automation_runs", "actions::text",
         "actions = '[]', ended_at = coalesce(ended_at, clock_timestamp()), status = case when "
         "status in ('waiting', 'running') then 'cancelled' else status end",
         "(actions::text <> '[]' or status in ('waiting', 'running'))", "created_at"},
};

std::string condition(const Kept& kept) {
    return fmt::format(
        "tenant_id = $1 and {} and ((subject_kind, subject_id) in (select * from "
        "unnest($3::text[], $4::uuid[])) or exists (select from unnest($2::text[]) as value "
        "where position(lower(value) in lower({})) > 0))",
        kept.is_left, kept.text);
}

struct Wanted {
    PgArray values, kinds, ids;

    Wanted(const std::vector<std::string>& of_values, const std::vector<StreamKey>& records) {
        for (const std::string& value : of_values) values.add(value);
        for (const StreamKey& record : records) {
            kinds.add(record.kind);
            ids.add(record.id);
        }
    }
};

} // namespace

std::array<HousePlaces::Place, 4> HousePlaces::count(const Uuid& tenant,
                                                     const std::vector<std::string>& values,
                                                     const std::vector<StreamKey>& records) {
    const Wanted wanted(values, records);
    std::array<Place, 4> found;
    system_.read(tenant, [&](pqxx::transaction_base& transaction) {
        for (std::size_t i = 0; i < places.size(); ++i)
            found.at(i) = {
                places.at(i).name,
                transaction
                    .exec_params1(fmt::format("select count(*) from {} where {}",
                                              places.at(i).table, condition(places.at(i))),
                                  to_string(tenant), wanted.values.text(), wanted.kinds.text(),
                                  wanted.ids.text())[0]
                    .as<std::int64_t>()};
    });
    return found;
}

std::array<HousePlaces::Place, 4> HousePlaces::blank(const Uuid& tenant,
                                                     const std::vector<std::string>& values,
                                                     const std::vector<StreamKey>& records) {
    const Wanted wanted(values, records);
    std::array<Place, 4> blanked;
    system_.write(tenant, [&](pqxx::transaction_base& transaction) {
        for (std::size_t i = 0; i < places.size(); ++i) {
            const Kept& kept = places.at(i);
            const pqxx::result done = transaction.exec_params(
                fmt::format("update {} set {} where {}", kept.table, kept.blanked, condition(kept)),
                to_string(tenant), wanted.values.text(), wanted.kinds.text(), wanted.ids.text());
            blanked.at(i) = {kept.name, static_cast<std::int64_t>(done.affected_rows())};
        }
    });
    return blanked;
}

std::vector<std::string> left_behind(pqxx::transaction_base& transaction, int most) {
    std::vector<std::string> found;
    for (const Kept& kept : places)
        for (const pqxx::row& row : transaction.exec(fmt::format(
                 "select id from {} r where {} and exists (select from events said where "
                 "said.tenant_id = r.tenant_id and said.stream_id = r.subject_id "
                 "and said.kind = r.subject_kind and said.type = said.kind || '.erased' "
                 "and said.recorded_at > r.{}) limit {}",
                 kept.table, kept.is_left, kept.made_at, most)))
            found.push_back(fmt::format("{} {}", kept.table, row[0].c_str()));
    return found;
}

} // namespace throughline
