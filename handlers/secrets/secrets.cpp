#include "handlers/secrets/secrets.hpp"

#include <pqxx/pqxx>

#include <stdexcept>
#include <vector>

namespace throughline {

namespace {

constexpr const char* page = "200";

/// Whose and what: a sealed value copied to another row does not open there.
std::string context_of(const std::string& tenant, const std::string& name) {
    return "secret\n" + tenant + "\n" + name;
}

struct Row {
    std::string tenant;
    std::string name;
    std::string sealed;
};

/// The rows after `last` that another key has sealed.
std::vector<Row> rows_after(Database& system, const Row& last, const std::string& sealing_id) {
    std::vector<Row> rows;
    system.read({}, [&](pqxx::transaction_base& transaction) {
        rows.clear();
        for (const pqxx::row& row : transaction.exec_params(
                 "select tenant_id, name, sealed from secrets where (tenant_id, name) > ($1, $2) "
                 "and split_part(sealed, '.', 2) <> $3 order by tenant_id, name limit $4",
                 last.tenant, last.name, sealing_id, page))
            rows.push_back(
                {row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<std::string>()});
    });
    return rows;
}

bool replace(Database& system, const Row& row, const std::string& sealed) {
    bool is_replaced = false;
    system.write({}, [&](pqxx::transaction_base& transaction) {
        is_replaced = transaction
                          .exec_params("update secrets set sealed = $4 where tenant_id = $1 and "
                                       "name = $2 and sealed = $3",
                                       row.tenant, row.name, row.sealed, sealed)
                          .affected_rows() > 0;
    });
    return is_replaced;
}

} // namespace

void Secrets::put(const Uuid& tenant, const std::string& name, std::string_view secret) {
    const std::string sealed = ring_.seal(secret, context_of(to_string(tenant), name));
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params(
            "insert into secrets (tenant_id, name, sealed) values ($1, $2, $3) "
            "on conflict (tenant_id, name) do update set sealed = excluded.sealed",
            to_string(tenant), name, sealed);
    });
}

std::string Secrets::get_or_keep(const Uuid& tenant, const std::string& name,
                                 std::string_view secret) {
    if (auto kept = get(tenant, name)) return *kept;
    const std::string sealed = ring_.seal(secret, context_of(to_string(tenant), name));
    system_.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params("insert into secrets (tenant_id, name, sealed) values ($1, $2, $3) "
                                "on conflict (tenant_id, name) do nothing",
                                to_string(tenant), name, sealed);
    });
    return get(tenant, name).value();
}

std::optional<std::string> Secrets::get(const Uuid& tenant, const std::string& name) {
    std::optional<std::string> sealed;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        const auto rows =
            transaction.exec_params("select sealed from secrets where tenant_id = $1 and name = $2",
                                    to_string(tenant), name);
        if (!rows.empty()) sealed = rows[0][0].as<std::string>();
    });
    if (!sealed) return std::nullopt;
    auto secret = ring_.open(*sealed, context_of(to_string(tenant), name));
    if (!secret)
        throw std::runtime_error("the secret " + name + ", sealed with key " +
                                 std::string(key_id_of(*sealed)) + ", does not open");
    return secret;
}

Secrets::Resealed Secrets::reseal() {
    Resealed done;
    Row last{to_string(Uuid{}), "", ""};
    for (;;) {
        const auto rows = rows_after(system_, last, ring_.sealing_id());
        if (rows.empty()) return done;
        for (const Row& row : rows) {
            const std::string context = context_of(row.tenant, row.name);
            const auto secret = ring_.open(row.sealed, context);
            if (!secret)
                ++done.unopened;
            else if (replace(system_, row, ring_.seal(*secret, context)))
                ++done.count;
        }
        last = rows.back();
    }
}

std::set<std::string> Secrets::missing_keys() {
    std::set<std::string> missing;
    system_.read({}, [&](pqxx::transaction_base& transaction) {
        missing.clear();
        for (const pqxx::row& row :
             transaction.exec("select distinct split_part(sealed, '.', 2) from secrets")) {
            const auto id = row[0].as<std::string>();
            if (!ring_.has_key(id)) missing.insert(id);
        }
    });
    return missing;
}

} // namespace throughline
