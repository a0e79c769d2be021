#include "projections/search.hpp"

#include "bus/pg_binary_array.hpp"
#include "bus/pg_text.hpp"
#include "domain/record/ownership.hpp"
#include "domain/record/value.hpp"
#include "domain/text.hpp"
#include "projections/record_fold.hpp"
#include "projections/record_words.hpp"
#include "projections/search_terms.hpp"
#include "projections/table.hpp"

#include <pqxx/pqxx>

#include <algorithm>

namespace throughline {

namespace {

std::vector<Uuid> owners_of(const Kind& kind, const JsonObject& fields) {
    std::vector<Uuid> owners;
    for (const Field* const field : owner_fields(kind))
        if (const Json* const value = fields.find(field->name))
            for (const Uuid& owner : ids_in(*value)) owners.push_back(owner);
    std::ranges::sort(owners);
    const auto repeated = std::ranges::unique(owners);
    owners.erase(repeated.begin(), repeated.end());
    return owners;
}

/// Of the field that is meant to be a title: a message without a subject has none.
std::vector<std::string> title_words(const Kind& kind, const JsonObject& fields) {
    const Json* const title = fields.find(kind.titles.front());
    return title == nullptr || title->string() == nullptr ? std::vector<std::string>{}
                                                          : search_words(*title->string());
}

std::string terms_of(const Uuid& tenant, const Kind& kind, const JsonObject& fields,
                     const std::vector<Uuid>& owners) {
    const SearchTerms terms(tenant);
    PgArray all;
    all.add(terms.kind(kind.name));
    for (const std::string& word : title_words(kind, fields)) {
        all.add(terms.word(word));
        all.add(terms.title_word(word));
    }
    for (const std::string& word : record_words(kind, fields)) all.add(terms.word(word));
    for (const Uuid& owner : owners) all.add(terms.owner(owner));
    if (owners.empty()) all.add(terms.nobody());
    return all.text();
}

/// Rows of both tables, column by column, written in a statement each.
class SearchRows {
  public:
    void add(const Kind& kind, const FoldedRecord& each) {
        const std::vector<Uuid> owners = owners_of(kind, each.record.fields);
        PgArray ids;
        for (const Uuid& owner : owners) ids.add(owner);
        tenants_.add(each.tenant);
        kinds_.add(kind.name);
        ids_.add(each.id);
        versions_.add(each.record.version);
        times_.add(storable(each.record.updated_at));
        owners_.add(ids.text());
        words_.add(terms_of(each.tenant, kind, each.record.fields, owners));
        states_.add(state_text(kind, each.record));
        empty_ = false;
    }
    void write(pqxx::transaction_base& transaction) const {
        if (empty_) return;
        transaction.conn().prepare(
            "write_search",
            "insert into search (tenant_id, kind, id, version, updated_at, owners, words)"
            " select tenant_id, kind, id, version, updated_at, owners::uuid[],"
            " array_to_tsvector(words::text[]) from unnest($1::uuid[], $2::text[], $3::uuid[],"
            " $4::bigint[], $5::timestamptz[], $6::text[], $7::text[])"
            " as given (tenant_id, kind, id, version, updated_at, owners, words)"
            " on conflict (tenant_id, kind, id) do update set (version, updated_at, owners, words)"
            " = row(excluded.version, excluded.updated_at, excluded.owners, excluded.words)"
            " where search.version < excluded.version");
        transaction.exec_prepared0("write_search", tenants_.binary(), kinds_.binary(),
                                   ids_.binary(), versions_.binary(), times_.binary(),
                                   owners_.binary(), words_.binary());
        transaction.conn().prepare(
            "write_search_texts",
            "insert into search_texts (tenant_id, kind, id, version, state)"
            " select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::text[])"
            " on conflict (tenant_id, kind, id) do update set (version, state) ="
            " row(excluded.version, excluded.state) where search_texts.version < excluded.version");
        transaction.exec_prepared0("write_search_texts", tenants_.binary(), kinds_.binary(),
                                   ids_.binary(), versions_.binary(), states_.binary());
    }

  private:
    PgBinaryArray tenants_{PgType::uuid}, kinds_{PgType::text}, ids_{PgType::uuid},
        versions_{PgType::int8}, times_{PgType::timestamptz}, owners_{PgType::text},
        words_{PgType::text}, states_{PgType::text};
    bool empty_ = true;
};

} // namespace

std::vector<Kind> searched_kinds(const Registry& registry) {
    std::vector<Kind> kinds = registry.kinds();
    for (Kind& kind : kinds)
        std::erase_if(kind.fields, [&](const Field& field) {
            return !field.is_searchable && !field.names_owner() &&
                   field.type != FieldType::metadata &&
                   std::ranges::find(kind.titles, field.name) == kind.titles.end();
        });
    return kinds;
}

SearchProjection::SearchProjection(const Registry& registry) : kinds_(searched_kinds(registry)) {}

/// A search may look at 10,000 rows, so whose they are is asked once for all.
void SearchProjection::create_tables(pqxx::transaction_base& owner) {
    const bool is_new = create_read_model(
        owner, "search", R"(tenant_id uuid not null, kind text collate "C" not null,
        id uuid not null, version bigint not null, updated_at timestamptz not null,
        owners uuid[] not null, words tsvector not null, primary key (tenant_id, kind, id))");
    if (is_new)
        owner.exec0("alter policy one_tenant on search using (tenant_id ="
                    " (select nullif(current_setting('app.tenant_id', true), '')::uuid))");
    create_read_model(owner, "search_texts", R"(tenant_id uuid not null,
        kind text collate "C" not null, id uuid not null, version bigint not null,
        state text not null, primary key (tenant_id, kind, id))");
}

void SearchProjection::create_indexes(pqxx::transaction_base& owner) {
    create_gin_index(owner, "search_words_idx", "search", "words");
    owner.exec0("create index if not exists search_updated_at_idx on search"
                " (tenant_id, updated_at, kind, id)");
}

void SearchProjection::apply(pqxx::transaction_base& transaction,
                             std::span<const StoredEvent> events) {
    SearchRows rows;
    for (const Kind& kind : kinds_) {
        const auto concerns = [&](const StoredEvent& event) {
            return event.stream.kind == kind.name;
        };
        if (std::ranges::none_of(events, concerns)) continue;
        const std::string condition = "kind = '" + kind.name + "'";
        const auto records = fold_records(transaction, kind, {"search_texts", condition}, events);
        for (const FoldedRecord& each : records)
            if (!each.record.deleted) rows.add(kind, each);
        for (const std::string& table : tables())
            remove_deleted(transaction, {table, condition}, records);
    }
    rows.write(transaction);
}

} // namespace throughline
