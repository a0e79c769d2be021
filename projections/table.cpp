#include "projections/table.hpp"

#include <pqxx/pqxx>

#include <algorithm>

namespace throughline {

bool create_read_model(pqxx::transaction_base& owner, const std::string& table,
                       const std::string& columns) {
    if (!owner.exec1("select to_regclass(" + owner.quote(table) + ")")[0].is_null()) return false;
    owner.exec0("create table " + table + " (" + columns + ")");
    owner.exec0("alter table " + table + " enable row level security");
    owner.exec0("create policy one_tenant on " + table +
                " for select to throughline_app"
                " using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)");
    owner.exec0("create policy all_tenants on " + table +
                " to throughline_system using (true) with check (true)");
    owner.exec0("grant select on " + table + " to throughline_app");
    owner.exec0("grant select, insert, update, delete on " + table + " to throughline_system");
    return true;
}

void create_gin_index(pqxx::transaction_base& owner, const std::string& name,
                      const std::string& table, const std::string& column) {
    const std::string options = "gin_pending_list_limit=1024"; // KiB
    owner.exec0("create index if not exists " + name + " on " + table + " using gin (" + column +
                ") with (" + options + ")");
    // An older version's. As with columns, it is looked at first.
    const auto others = owner.exec("select from pg_class where oid = " + owner.quote(name) +
                                   "::regclass and reloptions is distinct from array[" +
                                   owner.quote(options) + "]");
    if (!others.empty()) owner.exec0("alter index " + name + " set (" + options + ")");
}

void add_missing_column(pqxx::transaction_base& owner, const std::string& table,
                        const std::string& name, const std::string& definition) {
    const auto found =
        owner.exec("select from pg_attribute where attname = " + owner.quote(name) +
                   " and not attisdropped and attrelid = " + owner.quote(table) + "::regclass");
    if (found.empty())
        owner.exec0("alter table " + table + " add column " + owner.quote_name(name) + " " +
                    definition);
}

Time storable(Time time) {
    using namespace std::chrono;
    constexpr Time first = sys_days(year(1) / 1 / 1);
    constexpr Time last = sys_days(year(10000) / 1 / 1) - microseconds(1);
    return std::clamp(time, first, last);
}

std::string pg_time(Time time) { return to_rfc3339(storable(time)); }

} // namespace throughline
