#include "projections/timeline.hpp"

#include "bus/pg_binary_array.hpp"
#include "domain/record/value.hpp"
#include "projections/table.hpp"
#include "projections/timeline_item.hpp"

#include <pqxx/pqxx>

#include <set>

namespace throughline {

namespace {

/// What was told of a merged record up to its merge, the survivor's timeline tells from then on.
/// The last of it is the merge itself.
void tell_of_merged(pqxx::transaction_base& transaction, const Uuid& tenant,
                    const StreamKey& survivor, const std::string& merged, std::int64_t merge) {
    transaction.exec_params0(
        "insert into timeline (tenant_id, entity_kind, entity_id, position, \"timestamp\", type,"
        " merged_from) select tenant_id, entity_kind, $1::uuid, position, \"timestamp\", type, "
        "entity_id"
        " from timeline where tenant_id = $2 and entity_kind = $3 and entity_id = $4"
        " and position <= $5 on conflict do nothing",
        to_string(survivor.id), to_string(tenant), survivor.kind, merged, merge);
}

void follow_merge(pqxx::transaction_base& transaction, const StoredEvent& event) {
    const JsonObject data = current_data(event);
    tell_of_merged(transaction, event.tenant,
                   {event.stream.kind, uuid_of(*data.find("into")->string())},
                   to_string(event.stream.id), event.position);
}

/// What it shares with others that are still merged stays.
void follow_unmerge(pqxx::transaction_base& transaction, const StoredEvent& event) {
    const JsonObject data = current_data(event);
    for (const Uuid& id : ids_in(*data.find("unmerged")))
        transaction.exec_params0(
            "delete from timeline where tenant_id = $1 and entity_kind = $2 and entity_id = $3"
            " and merged_from = $4",
            to_string(event.tenant), event.stream.kind, to_string(event.stream.id), to_string(id));
    for (const pqxx::row& still : transaction.exec_params(
             "select merged_from, max(position) from timeline where tenant_id = $1"
             " and entity_kind = $2 and entity_id = $3 and merged_from is not null"
             " group by merged_from order by 2",
             to_string(event.tenant), event.stream.kind, to_string(event.stream.id)))
        tell_of_merged(transaction, event.tenant, event.stream, still[0].as<std::string>(),
                       still[1].as<std::int64_t>());
}

/// Of a run, how it ended is enough.
bool is_shown(const StoredEvent& event) {
    return event.type != "automation_run.created" && event.type != "automation_run.status_changed";
}

} // namespace

void TimelineProjection::create_tables(pqxx::transaction_base& owner) {
    create_read_model(owner, "timeline", R"(tenant_id uuid not null, entity_kind text not null,
        entity_id uuid not null, position bigint not null, "timestamp" timestamptz not null,
        type text not null, primary key (tenant_id, entity_kind, entity_id, position))");
    add_missing_column(owner, "timeline", "merged_from", "uuid");
}

/// Its key is all that it is asked by.
void TimelineProjection::create_indexes(pqxx::transaction_base&) {}

void TimelineProjection::apply(pqxx::transaction_base& transaction,
                               std::span<const StoredEvent> events) {
    PgBinaryArray tenants(PgType::uuid), kinds(PgType::text), ids(PgType::uuid),
        positions(PgType::int8), times(PgType::timestamptz), types(PgType::text);
    bool is_empty = true;
    for (const StoredEvent& event : events) {
        if (event.tenant.is_nil() || !is_shown(event)) continue;
        std::set<StreamKey> concerned(event.links.begin(), event.links.end());
        concerned.insert(event.stream);
        for (const StreamKey& entity : concerned) {
            is_empty = false;
            tenants.add(event.tenant);
            kinds.add(entity.kind);
            ids.add(entity.id);
            positions.add(event.position);
            times.add(storable(event.time));
            types.add(timeline_type(event, entity));
        }
    }
    if (is_empty) return;
    transaction.conn().prepare("write_timeline",
                               "insert into timeline (tenant_id, entity_kind, entity_id, "
                               "position, \"timestamp\", type)"
                               " select * from unnest($1::uuid[], $2::text[], $3::uuid[], "
                               "$4::bigint[], $5::timestamptz[], $6::text[])"
                               " on conflict do nothing");
    transaction.exec_prepared0("write_timeline", tenants.binary(), kinds.binary(), ids.binary(),
                               positions.binary(), times.binary(), types.binary());
    for (const StoredEvent& event : events) {
        if (event.type.ends_with(".merged_into")) follow_merge(transaction, event);
        if (event.type.ends_with(".unmerged")) follow_unmerge(transaction, event);
    }
}

} // namespace throughline
