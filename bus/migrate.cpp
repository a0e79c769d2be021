#include "bus/migrate.hpp"

#include "bus/lock_wait.hpp"

#include <pqxx/pqxx>

#include <map>
#include <stdexcept>

namespace throughline {

namespace {

using Checksums = std::map<std::string, std::string, std::less<>>;

Checksums applied_migrations(pqxx::transaction_base& transaction) {
    Checksums checksums;
    if (transaction.exec1("select to_regclass('public.schema_migrations')")[0].is_null())
        return checksums;
    for (const auto& row : transaction.exec("select name, checksum from public.schema_migrations"))
        checksums[row[0].as<std::string>()] = row[1].as<std::string>();
    return checksums;
}

/// One migration at a time in a database, for as long as the connection lives.
void lock_migrations(pqxx::connection_base& connection) {
    pqxx::nontransaction transaction(connection);
    transaction.exec("set lock_timeout = 0"); // the other migration may take its time
    transaction.exec("select pg_advisory_lock(hashtext('throughline migrations'))");
    transaction.exec("set lock_timeout = '1s'"); // whoever comes behind waits as long
    transaction.exec("create table if not exists public.schema_migrations "
                     "(name text primary key, checksum text not null, "
                     "applied_at timestamptz not null default clock_timestamp())");
    transaction.exec("grant select on public.schema_migrations to public");
}

void apply(pqxx::connection_base& connection, const Migration& migration) {
    pqxx::work transaction(connection);
    transaction.exec(std::string(migration.sql));
    transaction.exec_params("insert into public.schema_migrations (name, checksum) values ($1, $2)",
                            std::string(migration.name), std::string(migration.checksum));
    transaction.commit();
}

} // namespace

void migrate(const std::string& url, const std::function<void(std::string_view)>& say) {
    const auto connection = connect(url, Role::owner);
    lock_migrations(*connection);
    const Checksums applied = [&] {
        pqxx::nontransaction transaction(*connection);
        return applied_migrations(transaction);
    }();
    for (const Migration& migration : embedded_migrations()) {
        const auto found = applied.find(migration.name);
        if (found == applied.end()) {
            wait_for_locks([&] { apply(*connection, migration); },
                           [&] {
                               say("waiting for whoever uses what " + std::string(migration.name) +
                                   " alters");
                           });
            say("applied " + std::string(migration.name));
        } else if (found->second != migration.checksum) {
            throw std::runtime_error("migration " + std::string(migration.name) +
                                     " was applied before with another content");
        }
    }
    pqxx::nontransaction transaction(*connection);
    if (!transaction.exec1("select public.mark_operators_leakproof()")[0].as<bool>())
        say("warning: this login may not mark operators leakproof, so lists filter without "
            "indexes; run `select mark_operators_leakproof()` once as superuser");
}

std::int64_t ensure_partitions_ahead(Database& system) {
    std::int64_t end = 0;
    system.write({}, [&](pqxx::transaction_base& transaction) {
        end = transaction.exec1("select ensure_event_partitions(2)")[0].as<std::int64_t>();
    });
    return end;
}

bool is_migrated(pqxx::transaction_base& transaction) {
    const Checksums applied = applied_migrations(transaction);
    for (const Migration& migration : embedded_migrations()) {
        const auto found = applied.find(migration.name);
        if (found == applied.end() || found->second != migration.checksum) return false;
    }
    return true;
}

} // namespace throughline
