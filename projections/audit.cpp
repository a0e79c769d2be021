#include "projections/audit.hpp"

#include "bus/pg_binary_array.hpp"
#include "domain/text.hpp"
#include "projections/event_change.hpp"
#include "projections/table.hpp"

#include <pqxx/pqxx>

#include <array>

namespace throughline {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> plain_actions{{
    {"created", "CREATE"},
    {"updated", "UPDATE"},
    {"deleted", "DELETE"},
    {"restored", "RESTORE"},
    {"merged", "MERGE"},
    {"erased", "ERASE"},
    {"merged_into", "MERGE"},
    {"unmerged", "UNMERGE"},
}};

} // namespace

std::string audit_action(std::string_view event_type) {
    std::string_view what = last_word(event_type);
    for (const auto& [word, action] : plain_actions)
        if (what == word) return std::string(action);
    if (what.ends_with("_changed")) // status_changed is STATUS_CHANGE
        what.remove_suffix(1);
    return ascii_upper(what);
}

void AuditProjection::create_tables(pqxx::transaction_base& owner) {
    create_read_model(owner, "audit", R"(tenant_id uuid not null, position bigint not null,
        entity_type text not null, entity_id uuid not null, action text not null, user_id uuid,
        channel text not null, "timestamp" timestamptz not null, primary key (tenant_id, position))");
}

void AuditProjection::create_indexes(pqxx::transaction_base& owner) {
    const auto index = [&](const std::string& name, const std::string& columns) {
        owner.exec0("create index if not exists audit_" + name + "_idx on audit (tenant_id, " +
                    columns + ")");
    };
    index("entity", "entity_type, entity_id, position");
    index("user", "user_id, position");
    index("action", "action, position");
    index("channel", "channel, position");
    index("timestamp", "\"timestamp\"");
}

void AuditProjection::apply(pqxx::transaction_base& transaction,
                            std::span<const StoredEvent> events) {
    PgBinaryArray tenants(PgType::uuid), positions(PgType::int8), kinds(PgType::text),
        ids(PgType::uuid), actions(PgType::text), users(PgType::uuid), channels(PgType::text),
        times(PgType::timestamptz);
    bool is_empty = true;
    for (const StoredEvent& event : events) {
        if (event.tenant.is_nil()) continue;
        is_empty = false;
        tenants.add(event.tenant);
        positions.add(event.position);
        kinds.add(event.stream.kind);
        ids.add(event.stream.id);
        actions.add(audit_action(event.type));
        if (event.origin.actor_id.is_nil())
            users.add_null();
        else
            users.add(event.origin.actor_id);
        channels.add(event.origin.channel);
        times.add(storable(event.time));
    }
    if (is_empty) return;
    transaction.conn().prepare("write_audit",
                               "insert into audit (tenant_id, position, entity_type, entity_id, "
                               "action, user_id, channel, \"timestamp\")"
                               " select * from unnest($1::uuid[], $2::bigint[], $3::text[], "
                               "$4::uuid[], $5::text[], $6::uuid[],"
                               " $7::text[], $8::timestamptz[]) on conflict do nothing");
    transaction.exec_prepared0("write_audit", tenants.binary(), positions.binary(), kinds.binary(),
                               ids.binary(), actions.binary(), users.binary(), channels.binary(),
                               times.binary());
}

} // namespace throughline
