#include "projections/list_regions.hpp"

#include "bus/event.hpp"
#include "bus/pg_text.hpp"
#include "projections/list_columns.hpp"
#include "projections/list_rows.hpp"
#include "projections/table.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <optional>

namespace throughline {

namespace {

constexpr int rows_at_once = 500;

/// What an event says of its tenant's region; null where that has none any more. A tenant that
/// begins without one says nothing.
std::optional<Json> region_in(const StoredEvent& event) {
    if (event.stream.kind != "tenant") return std::nullopt;
    const JsonObject data = current_data(event);
    if (const Json* const after = data.find("after")) {
        const Json* const region = after->find("default_region");
        return region == nullptr ? std::nullopt : std::optional(*region);
    }
    const Json* const region = data.find("default_region");
    return region == nullptr || region->is_null() ? std::nullopt : std::optional(*region);
}

/// Whether that is news.
bool write_region(pqxx::transaction_base& transaction, const Kind& kind, const StoredEvent& event,
                  const Json& region) {
    const auto written = transaction.exec_params(
        fmt::format("insert into {0} (tenant_id, version, region) values ($1::uuid, $2, $3)"
                    " on conflict (tenant_id) do update set version = excluded.version,"
                    " region = excluded.region where {0}.version < excluded.version",
                    list_regions_table(kind)),
        to_string(event.tenant), event.version,
        region.string() == nullptr ? std::string() : *region.string());
    return written.affected_rows() > 0;
}

/// "(ltrim(state::json ->> 'phone') not like '+%')": others are of no region.
std::string may_be_national(const Kind& kind) {
    std::string condition;
    for (const Field& field : kind.fields)
        if (field.type == FieldType::phone)
            condition += fmt::format("{}ltrim(state::json ->> '{}') not like '+%'",
                                     condition.empty() ? "(" : " or ", field.name);
    return condition + ")";
}

/// Some rows at a time: a tenant may have a million.
void renew_rows(pqxx::transaction_base& transaction, const Kind& kind, const Uuid& tenant,
                std::string_view region) {
    const std::string next =
        fmt::format("select id, version, state from {} where tenant_id = $1::uuid and id > $2::uuid"
                    " and {} order by id limit {}",
                    list_table(kind), may_be_national(kind), rows_at_once);
    for (Uuid last;;) {
        const pqxx::result page = transaction.exec_params(next, to_string(tenant), to_string(last));
        if (page.empty()) return;
        ListRows rows(kind);
        for (const pqxx::row& row : page) {
            last = uuid_of(text_of(row[0]));
            const Record record =
                record_from_state(kind, text_of(row[2]), row[1].as<std::int64_t>(), false);
            if (has_national_number(kind, record)) rows.add(tenant, last, record, region);
        }
        rows.write(transaction);
    }
}

} // namespace

bool has_numbers(const Kind& kind) {
    return std::ranges::find(kind.fields, FieldType::phone, &Field::type) != kind.fields.end();
}

std::string list_regions_table(const Kind& kind) { return list_table(kind) + "_regions"; }

void create_list_regions(pqxx::transaction_base& owner, const Kind& kind, bool is_new_list) {
    // The version is the tenant's: an old event that comes again changes nothing.
    const bool is_new =
        create_read_model(owner, list_regions_table(kind),
                          "tenant_id uuid not null, version bigint not null, region text not null,"
                          " primary key (tenant_id)");
    if (is_new && !is_new_list)
        owner.exec0("insert into " + list_regions_table(kind) +
                    " select id, version, state ->> 'default_region' from streams"
                    " where kind = 'tenant' and state ->> 'default_region' is not null");
}

void fold_regions(pqxx::transaction_base& transaction, const Kind& kind,
                  std::span<const StoredEvent> events) {
    std::set<Uuid> changed;
    for (const StoredEvent& event : events)
        if (const auto region = region_in(event);
            region && write_region(transaction, kind, event, *region))
            changed.insert(event.tenant);
    const auto regions = read_regions(transaction, kind, changed);
    for (const Uuid& tenant : changed) {
        const auto region = regions.find(tenant);
        renew_rows(transaction, kind, tenant, region == regions.end() ? "" : region->second);
    }
}

std::map<Uuid, std::string> read_regions(pqxx::transaction_base& transaction, const Kind& kind,
                                         const std::set<Uuid>& tenants) {
    std::map<Uuid, std::string> regions;
    if (tenants.empty() || !has_numbers(kind)) return regions;
    PgArray ids;
    for (const Uuid& tenant : tenants) ids.add(tenant);
    for (const pqxx::row& row :
         transaction.exec_params("select tenant_id, region from " + list_regions_table(kind) +
                                     " where tenant_id = any($1::uuid[]) and region <> ''",
                                 ids.text()))
        regions.emplace(uuid_of(text_of(row[0])), row[1].as<std::string>());
    return regions;
}

} // namespace throughline
