#include "projections/lists.hpp"

#include "projections/list_columns.hpp"
#include "projections/list_regions.hpp"
#include "projections/list_rows.hpp"
#include "projections/record_fold.hpp"
#include "projections/table.hpp"

#include <pqxx/pqxx>

namespace throughline {

namespace {

void create_index(pqxx::transaction_base& owner, const std::string& table, const std::string& name,
                  const std::string& on) {
    owner.exec0("create index if not exists " + table + "_" + name + "_idx on " + table + " " + on);
}

/// Each sorts a tenant's rows by one column and then by id.
void create_column_index(pqxx::transaction_base& owner, const std::string& table,
                         const ListColumn& column) {
    const std::string name = column.sql_name();
    if (column.type == ColumnType::list)
        return create_gin_index(owner, table + "_" + column.name + "_idx", table, name);
    // Who sees their own records alone sees nobody's too.
    const bool is_whole =
        !column.is_nullable() || column.field->is_sortable || column.field->names_owner();
    create_index(owner, table, column.name,
                 "(tenant_id, " + name + ", id)" +
                     (is_whole ? "" : " where " + name + " is not null"));
}

} // namespace

std::string ListProjection::name() const { return list_table(kind_); }

std::vector<std::string> ListProjection::tables() const {
    std::vector<std::string> all{list_table(kind_)};
    if (has_numbers(kind_)) all.push_back(list_regions_table(kind_));
    return all;
}

void ListProjection::create_tables(pqxx::transaction_base& owner) {
    const std::string table = list_table(kind_);
    std::string columns = "tenant_id uuid not null";
    for (const ListColumn& column : list_columns(kind_))
        columns += ", " + column.sql_name() + " " + column.sql_definition();
    const bool is_new =
        create_read_model(owner, table,
                          columns + R"(, external_id text collate "C", words tsvector not null,)"
                                    " state text not null, primary key (tenant_id, id)");
    for (const ListColumn& column : list_columns(kind_))
        add_missing_column(owner, table, column.name, column.sql_definition());
    if (has_numbers(kind_)) create_list_regions(owner, kind_, is_new);
}

void ListProjection::create_indexes(pqxx::transaction_base& owner) {
    const std::string table = list_table(kind_);
    for (const ListColumn& column : list_columns(kind_))
        if (column.has_index()) create_column_index(owner, table, column);
    create_index(owner, table, "external_id",
                 "(tenant_id, external_id) where external_id is not null");
    create_gin_index(owner, table + "_words_idx", table, "words");
}

bool ListProjection::concerns(const StoredEvent& event) const {
    return event.stream.kind == kind_.name || (event.stream.kind == "tenant" && has_numbers(kind_));
}

void ListProjection::apply(pqxx::transaction_base& transaction,
                           std::span<const StoredEvent> events) {
    if (has_numbers(kind_)) fold_regions(transaction, kind_, events);
    const RecordTable table{list_table(kind_), ""};
    const auto records = fold_records(transaction, kind_, table, events);
    std::set<Uuid> national;
    for (const FoldedRecord& each : records)
        if (has_national_number(kind_, each.record)) national.insert(each.tenant);
    const auto regions = read_regions(transaction, kind_, national);
    const auto region_of = [&](const Uuid& tenant) {
        const auto found = regions.find(tenant);
        return found == regions.end() ? std::string_view() : std::string_view(found->second);
    };
    ListRows rows(kind_);
    for (const FoldedRecord& each : records)
        if (!each.record.deleted)
            rows.add(each.tenant, each.id, each.record, region_of(each.tenant));
    rows.write(transaction);
    remove_deleted(transaction, table, records);
}

} // namespace throughline
