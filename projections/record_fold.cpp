#include "projections/record_fold.hpp"

#include "bus/event.hpp"
#include "bus/pg_text.hpp"
#include "domain/record/erasure.hpp"

#include <pqxx/pqxx>

#include <stdexcept>
#include <unordered_map>

namespace throughline {

namespace {

struct Key {
    Uuid tenant;
    Uuid id;
    bool operator==(const Key&) const = default;
};
struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept { return std::hash<Uuid>()(key.id); }
};
/// The records that a batch changes, in the order of their first events: tables and indexes that
/// grow in the order of time grow at their ends. Each starts as its row says, or from nothing.
class Batch {
  public:
    /// Whether it was not there.
    bool add(const Key& key) {
        const bool is_new = places_.try_emplace(key, records_.size()).second;
        if (is_new) records_.push_back({key.tenant, key.id, {}});
        return is_new;
    }
    Record& at(const Key& key) { return records_[places_.at(key)].record; }
    std::vector<FoldedRecord> take() { return std::move(records_); }

  private:
    std::vector<FoldedRecord> records_;
    std::unordered_map<Key, std::size_t, KeyHash> places_;
};

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

std::string rows_of(const RecordTable& table) {
    return table.name + " where " + (table.condition.empty() ? "" : table.condition + " and ") +
           "(tenant_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))";
}

void load_rows(pqxx::transaction_base& transaction, const Kind& kind, const RecordTable& table,
               const Keys& keys, Batch& batch) {
    if (keys.empty) return;
    const pqxx::result rows =
        transaction.exec_params("select tenant_id, id, version, state from " + rows_of(table),
                                keys.tenants.text(), keys.ids.text());
    for (const pqxx::row& row : rows)
        batch.at(key_of(row)) =
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
    for (const pqxx::row& row : rows) batch.at(key_of(row)).created_at = time_of(row[2]);
}

Batch load(pqxx::transaction_base& transaction, const Kind& kind, const RecordTable& table,
           std::span<const StoredEvent> events) {
    Batch batch;
    Keys present;
    Keys restored;
    for (const StoredEvent& event : events) {
        if (event.stream.kind != kind.name) continue;
        const bool is_new = batch.add(key_of(event));
        if (restores(event))
            restored.add(key_of(event));
        else if (is_new && !begins(event))
            present.add(key_of(event));
    }
    load_rows(transaction, kind, table, present, batch);
    load_creation_times(transaction, kind, restored, batch);
    return batch;
}

void fold(Record& record, const StoredEvent& event) {
    if (event.version <= record.version) return;
    if (record.version == 0 && is_erasure(event.type)) return; // of a deleted record: no row
    if (record.version == 0 && !begins(event) && !restores(event))
        throw std::runtime_error(event.stream.kind + "/" + to_string(event.stream.id) +
                                 " has no row for its version " + std::to_string(event.version));
    const Time created_at = begins(event) ? event.time : record.created_at;
    evolve(record, event.type, current_data(event), event.time);
    record.version = event.version;
    record.created_at = created_at;
}

} // namespace

std::vector<FoldedRecord> fold_records(pqxx::transaction_base& transaction, const Kind& kind,
                                       const RecordTable& table,
                                       std::span<const StoredEvent> events) {
    Batch batch = load(transaction, kind, table, events);
    for (const StoredEvent& event : events)
        if (event.stream.kind == kind.name) fold(batch.at(key_of(event)), event);
    std::vector<FoldedRecord> records = batch.take();
    std::erase_if(records, [](const FoldedRecord& each) { return each.record.version == 0; });
    return records;
}

void remove_deleted(pqxx::transaction_base& transaction, const RecordTable& table,
                    const std::vector<FoldedRecord>& records) {
    Keys deleted;
    for (const FoldedRecord& each : records)
        if (each.record.deleted) deleted.add({each.tenant, each.id});
    if (!deleted.empty)
        transaction.exec_params0("delete from " + rows_of(table), deleted.tenants.text(),
                                 deleted.ids.text());
}

} // namespace throughline
