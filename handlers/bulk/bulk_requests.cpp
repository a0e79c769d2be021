#include "handlers/bulk/bulk_requests.hpp"

#include "bus/pg_text.hpp"
#include "handlers/spent_key.hpp"

#include <pqxx/pqxx>

namespace throughline {

Result<std::optional<std::vector<Uuid>>> BulkRequests::find(const Uuid& tenant, const Uuid& command,
                                                            const std::string& request_hash) {
    std::optional<std::string> kept_hash;
    std::vector<Uuid> ids;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        ids.clear();
        const pqxx::result rows = transaction.exec_params(
            "select request_hash, id from bulk_requests left join lateral unnest(ids) with "
            "ordinality as each (id, number) on true where tenant_id = $1 and command_id = $2 "
            "and recorded_at > clock_timestamp() - interval '24 hours' order by number",
            to_string(tenant), to_string(command));
        for (const pqxx::row& row : rows) {
            kept_hash = row[0].as<std::string>();
            if (!row[1].is_null()) ids.push_back(uuid_of(text_of(row[1])));
        }
    });
    if (!kept_hash) return std::optional<std::vector<Uuid>>();
    if (*kept_hash != request_hash) return reused_key();
    return std::optional(std::move(ids));
}

Result<std::vector<Uuid>> BulkRequests::keep(const Uuid& tenant, const Uuid& command,
                                             const std::string& request_hash,
                                             const std::vector<Uuid>& ids) {
    PgArray all;
    for (const Uuid& id : ids) all.add(id);
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params(
            "insert into bulk_requests (tenant_id, command_id, request_hash, ids) values ($1, $2, "
            "$3, $4) on conflict (tenant_id, command_id) do update set request_hash = "
            "excluded.request_hash, ids = excluded.ids, recorded_at = excluded.recorded_at "
            "where bulk_requests.recorded_at <= clock_timestamp() - interval '24 hours'",
            to_string(tenant), to_string(command), request_hash, all.text());
    });
    auto kept = find(tenant, command, request_hash);
    if (!kept) return kept.error();
    return kept->value_or(ids);
}

void BulkRequests::sweep() {
    system_.write({}, [](pqxx::transaction_base& transaction) {
        transaction.exec("delete from bulk_requests where recorded_at < clock_timestamp() - "
                         "interval '24 hours'");
    });
}

} // namespace throughline
