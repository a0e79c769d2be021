#include "projections/past_list.hpp"

#include "bus/pg_text.hpp"
#include "bus/stream_events.hpp"
#include "domain/record/change.hpp"
#include "projections/list_columns.hpp"
#include "projections/list_regions.hpp"
#include "projections/list_rows.hpp"
#include "projections/visibility.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <optional>
#include <utility>

namespace throughline {

namespace {

constexpr std::size_t streams_at_once = 500;
constexpr std::size_t rows_at_once = 200;
constexpr std::size_t bytes_at_once = 1U << 20;

std::string past_table(const Kind& kind) { return "past_" + list_table(kind); }

void make_tables(pqxx::transaction_base& transaction, const Kind& kind) {
    transaction.exec0("create temporary table if not exists past_streams (id uuid primary key)"
                      " on commit delete rows");
    transaction.exec0(fmt::format("create temporary table if not exists {} (like {} including "
                                  "defaults, primary key (tenant_id, id)) on commit delete rows",
                                  past_table(kind), list_table(kind)));
}

/// The streams whose rows in the list may be of another time: they have events that the list has
/// not folded, or later ones than are asked for.
void find_changed(pqxx::transaction_base& transaction, const Uuid& tenant, const Kind& kind,
                  std::int64_t at) {
    transaction.exec_params0(
        "insert into past_streams select distinct stream_id from events where tenant_id = $1::uuid"
        " and kind = $2 and position > least($3::bigint,"
        " coalesce((select position from checkpoints where name = $4), 0))",
        to_string(tenant), kind.name, at, list_table(kind));
}

std::vector<StreamKey> next_changed(pqxx::transaction_base& transaction, const Kind& kind,
                                    const Uuid& after) {
    std::vector<StreamKey> streams;
    for (const pqxx::row& row : transaction.exec_params(
             "select id from past_streams where id > $1::uuid order by id limit $2",
             to_string(after), streams_at_once))
        streams.push_back({kind.name, uuid_of(text_of(row[0]))});
    return streams;
}

/// Folds streams one after the other and writes what they come to in pieces.
class Folder {
  public:
    Folder(pqxx::transaction_base& transaction, const Uuid& tenant, const Kind& kind)
        : transaction_(transaction), tenant_(tenant), kind_(kind),
          region_(read_regions(transaction, kind, {tenant})[tenant]) {}

    void fold(const StoredEvent& event) {
        if (event.stream.id != id_) {
            finish_record();
            id_ = event.stream.id;
        }
        bytes_ += event.data.size();
        evolve(record_, event.type, current_data(event), event.time);
    }
    void finish() {
        finish_record();
        write();
    }

  private:
    void finish_record() {
        const Record record = std::exchange(record_, {});
        if (record.version == 0 || record.deleted) return;
        if (!rows_) rows_.emplace(kind_, past_table(kind_));
        rows_->add(tenant_, id_, record, region_);
        if (++count_ == rows_at_once || bytes_ > bytes_at_once) write();
    }
    void write() {
        if (rows_) rows_->write(transaction_);
        rows_.reset();
        count_ = 0;
        bytes_ = 0;
    }

    pqxx::transaction_base& transaction_;
    const Uuid& tenant_;
    const Kind& kind_;
    const std::string region_;
    Uuid id_;
    Record record_;
    std::optional<ListRows> rows_;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0; // of the events behind the rows
};

} // namespace

void open_past_list(pqxx::transaction_base& transaction, const Uuid& tenant, const Kind& kind,
                    std::int64_t at) {
    transaction.exec0("set transaction isolation level repeatable read");
    // Before there is a snapshot: in one that is older, a list made again meanwhile is empty.
    transaction.exec0("lock table " + list_table(kind) + " in access share mode");
    make_tables(transaction, kind);
    find_changed(transaction, tenant, kind, at);
    Folder folder(transaction, tenant, kind);
    auto streams = next_changed(transaction, kind, {});
    while (!streams.empty()) {
        each_event(transaction, tenant, streams, at,
                   [&](const StoredEvent& event) { folder.fold(event); });
        streams = next_changed(transaction, kind, streams.back().id);
    }
    folder.finish();
}

std::array<std::string, 2> past_list_parts(const Kind& kind) {
    const std::string table = list_table(kind);
    return {fmt::format("(select * from {0} where not exists (select from past_streams"
                        " where past_streams.id = {0}.id)) as {0}",
                        table),
            past_table(kind) + " as " + table};
}

std::string past_list(const Kind& kind) {
    std::string columns = "tenant_id";
    for (const ListColumn& column : list_columns(kind)) columns += ", " + column.sql_name();
    columns += ", external_id, words, state";
    const auto [unchanged, changed] = past_list_parts(kind);
    return fmt::format("(select {0} from {1} union all select {0} from {2}) as {3}", columns,
                       unchanged, changed, list_table(kind));
}

void read_list(Database& app, const Uuid& tenant, const Kind& kind, std::optional<std::int64_t> at,
               const std::function<void(pqxx::transaction_base&, const std::string& list)>& read) {
    if (at)
        app.write(tenant, [&](pqxx::transaction_base& transaction) {
            open_past_list(transaction, tenant, kind, *at);
            read(transaction, past_list(kind));
        });
    else
        app.read(tenant,
                 [&](pqxx::transaction_base& transaction) { read(transaction, list_table(kind)); });
}

std::string seen_past_rows(const Caller& caller, const Kind& kind, SqlParameters& parameters) {
    if (!caller.sees(Bond::own)) return "false";
    const std::string hidden = hidden_streams(caller, Registry({kind}), parameters);
    if (hidden.empty()) return {};
    return fmt::format("not exists (select from streams where streams.tenant_id = {0}.tenant_id"
                       " and streams.kind = {1} and streams.id = {0}.id and {2})",
                       list_table(kind), parameters.add(kind.name), hidden);
}

} // namespace throughline
