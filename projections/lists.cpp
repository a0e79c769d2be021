#include "projections/lists.hpp"

#include "bus/pg_text.hpp"
#include "projections/list_columns.hpp"
#include "projections/list_rows.hpp"
#include "projections/table.hpp"

#include <pqxx/pqxx>

#include <stdexcept>
#include <unordered_map>

namespace throughline {

namespace {

/// A record that the batch changes. It starts as its row says, or from nothing when it begins here.
struct Changed {
    Record record;
    bool begins_here = false;
};
struct Key {
    Uuid tenant;
    Uuid id;
    bool operator==(const Key&) const = default;
};
struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept { return std::hash<Uuid>()(key.id); }
};
using Batch = std::unordered_map<Key, Changed, KeyHash>;

Key key_of(const StoredEvent& event) { return {event.tenant, event.stream.id}; }
Key key_of(const pqxx::row& row) { return {uuid_of(text_of(row[0])), uuid_of(text_of(row[1]))}; }

struct Keys {
    PgArray tenants;
    PgArray ids;
    bool empty = true;
    void add(const Key& key) {
        tenants.add(key.tenant);
        ids.add(key.id);
        empty = false;
    }
};

bool begins(const StoredEvent& event) { return event.version == 1; }
bool restores(const StoredEvent& event) { return event.type.ends_with(".restored"); }

void load_rows(pqxx::transaction_base& transaction, const Kind& kind, const Keys& keys,
               Batch& batch) {
    if (keys.empty) return;
    const pqxx::result rows = transaction.exec_params(
        "select tenant_id, id, version, state from " + list_table(kind) +
            " where (tenant_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        keys.tenants.text(), keys.ids.text());
    for (const pqxx::row& row : rows)
        batch.at(key_of(row)).record =
            record_from_state(kind, text_of(row[3]), row[2].as<std::int64_t>(), false);
}

/// A deleted record left the table, its time of creation with it.
void load_creation_times(pqxx::transaction_base& transaction, const Kind& kind, const Keys& keys,
                         Batch& batch) {
    if (keys.empty) return;
    const pqxx::result rows = transaction.exec_params(
        "select tenant_id, stream_id, (extract(epoch from ce_time) * 1000000)::bigint from events"
        " where (tenant_id, stream_id) in (select * from unnest($1::uuid[], $2::uuid[]))"
        " and version = 1 and kind = $3",
        keys.tenants.text(), keys.ids.text(), kind.name);
    for (const pqxx::row& row : rows) batch.at(key_of(row)).record.created_at = time_of(row[2]);
}

Batch load(pqxx::transaction_base& transaction, const Kind& kind,
           std::span<const StoredEvent> events) {
    Batch batch;
    Keys present;
    Keys restored;
    for (const StoredEvent& event : events) {
        if (event.stream.kind != kind.name) continue;
        const auto [it, is_new] = batch.try_emplace(key_of(event));
        if (!is_new) continue;
        it->second.begins_here = begins(event) || restores(event);
        if (restores(event))
            restored.add(key_of(event));
        else if (!begins(event))
            present.add(key_of(event));
    }
    load_rows(transaction, kind, present, batch);
    load_creation_times(transaction, kind, restored, batch);
    return batch;
}

void fold(Changed& changed, const StoredEvent& event) {
    Record& record = changed.record;
    if (event.version <= record.version) return;
    if (record.version == 0 && !changed.begins_here)
        throw std::runtime_error(event.stream.kind + "/" + to_string(event.stream.id) +
                                 " has no row for its version " + std::to_string(event.version));
    const Time created_at = begins(event) ? event.time : record.created_at;
    evolve(record, event.type, current_data(event), event.time);
    record.version = event.version;
    record.created_at = created_at;
}

void remove(pqxx::transaction_base& transaction, const Kind& kind, const Keys& keys) {
    if (keys.empty) return;
    transaction.exec_params0(
        "delete from " + list_table(kind) +
            " where (tenant_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        keys.tenants.text(), keys.ids.text());
}

void create_index(pqxx::transaction_base& owner, const std::string& table, const std::string& name,
                  const std::string& on) {
    owner.exec0("create index if not exists " + table + "_" + name + "_idx on " + table + " " + on);
}

/// Each sorts a tenant's rows by one column and then by id.
void create_column_index(pqxx::transaction_base& owner, const std::string& table,
                         const ListColumn& column) {
    const std::string name = column.sql_name();
    if (column.type == ColumnType::list)
        return create_index(owner, table, column.name, "using gin (" + name + ")");
    // Who sees their own records alone sees nobody's too.
    const bool is_whole =
        !column.is_nullable() || column.field->is_sortable || column.field->names_owner();
    create_index(owner, table, column.name,
                 "(tenant_id, " + name + ", id)" +
                     (is_whole ? "" : " where " + name + " is not null"));
}

} // namespace

std::string ListProjection::name() const { return list_table(kind_); }

std::vector<std::string> ListProjection::tables() const { return {list_table(kind_)}; }

void ListProjection::create_tables(pqxx::transaction_base& owner) {
    const std::string table = list_table(kind_);
    std::string columns = "tenant_id uuid not null";
    for (const ListColumn& column : list_columns(kind_))
        columns += ", " + column.sql_name() + " " + column.sql_definition();
    create_read_model(owner, table,
                      columns + R"(, external_id text collate "C", words tsvector not null,)"
                                " state text not null, primary key (tenant_id, id)");
    for (const ListColumn& column : list_columns(kind_))
        owner.exec0("alter table " + table + " add column if not exists " + column.sql_name() +
                    " " + column.sql_definition());
}

void ListProjection::create_indexes(pqxx::transaction_base& owner) {
    const std::string table = list_table(kind_);
    for (const ListColumn& column : list_columns(kind_))
        if (column.has_index()) create_column_index(owner, table, column);
    create_index(owner, table, "external_id",
                 "(tenant_id, external_id) where external_id is not null");
    // A search reads the whole pending list: a short one costs writes nothing.
    create_index(owner, table, "words", "using gin (words) with (gin_pending_list_limit = 64)");
}

void ListProjection::apply(pqxx::transaction_base& transaction,
                           std::span<const StoredEvent> events) {
    Batch batch = load(transaction, kind_, events);
    for (const StoredEvent& event : events)
        if (event.stream.kind == kind_.name) fold(batch.at(key_of(event)), event);
    ListRows rows(kind_);
    Keys deleted;
    for (const auto& [key, changed] : batch)
        if (changed.record.deleted)
            deleted.add(key);
        else
            rows.add(key.tenant, key.id, changed.record);
    rows.write(transaction);
    remove(transaction, kind_, deleted);
}

} // namespace throughline
