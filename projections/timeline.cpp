#include "projections/timeline.hpp"

#include "bus/pg_text.hpp"
#include "projections/table.hpp"
#include "projections/timeline_item.hpp"

#include <pqxx/pqxx>

#include <set>

namespace throughline {

void TimelineProjection::create_tables(pqxx::transaction_base& owner) {
    create_read_model(owner, "timeline", R"(tenant_id uuid not null, entity_kind text not null,
        entity_id uuid not null, position bigint not null, "timestamp" timestamptz not null,
        type text not null, primary key (tenant_id, entity_kind, entity_id, position))");
}

/// Its key is all that it is asked by.
void TimelineProjection::create_indexes(pqxx::transaction_base&) {}

void TimelineProjection::apply(pqxx::transaction_base& transaction,
                               std::span<const StoredEvent> events) {
    PgArray tenants, kinds, ids, positions, times, types;
    bool is_empty = true;
    for (const StoredEvent& event : events) {
        if (event.tenant.is_nil()) continue;
        std::set<StreamKey> concerned(event.links.begin(), event.links.end());
        concerned.insert(event.stream);
        for (const StreamKey& entity : concerned) {
            is_empty = false;
            tenants.add(event.tenant);
            kinds.add(entity.kind);
            ids.add(entity.id);
            positions.add(event.position);
            times.add(pg_time(event.time));
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
    transaction.exec_prepared0("write_timeline", tenants.text(), kinds.text(), ids.text(),
                               positions.text(), times.text(), types.text());
}

} // namespace throughline
