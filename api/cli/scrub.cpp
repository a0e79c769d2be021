#include "api/cli/scrub.hpp"

#include "bus/database.hpp"
#include "bus/lock_wait.hpp"

#include <fmt/ostream.h>
#include <pqxx/pqxx>

#include <vector>

namespace throughline {
namespace {

/// The partitions of the log that hold events of erased records, and of what these were merged into
/// once, then all tables that hold copies.
std::vector<std::string> touched_tables(pqxx::transaction_base& transaction) {
    std::vector<std::string> tables;
    for (const pqxx::row& row : transaction.exec(
             "with said as (select tenant_id, kind, stream_id from events "
             "where type like '%.erased') "
             "select distinct e.tableoid::regclass::text from events e join (select * from said "
             "union select tenant_id, kind, (gone.data ->> 'into')::uuid from events gone "
             "join said using (tenant_id, kind, stream_id) "
             "where gone.type like '%.merged\\_into') touched "
             "using (tenant_id, kind, stream_id) order by 1"))
        tables.push_back(row[0].as<std::string>());
    if (tables.empty()) return tables;
    for (const pqxx::row& row : transaction.exec(
             "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind "
             "= 'r' and not relispartition and (relname in ('streams', 'import_errors', "
             "'dead_letters', 'dead_letter_requests', 'notifications', 'queue_messages', "
             "'analytics_events', 'automation_runs', 'automation_backtests') or relname "
             "like 'list\\_%' or relname like 'search%') order by 1"))
        tables.push_back(row[0].as<std::string>());
    return tables;
}

/// A run whose end cannot be noted, as its table is locked for longer than its lease, is taken for
/// one that died: what it did would be done again.
bool is_any_run_under_way(pqxx::transaction_base& transaction) {
    return !transaction
                .exec("select from automation_runs where status = 'running' and due_at > now()"
                      " limit 1")
                .empty();
}

/// False where it is left as it is.
bool write_anew(pqxx::transaction_base& work, const std::string& table, std::ostream& out) {
    bool is_left = false;
    const auto attempt = [&] {
        is_left = table == "automation_runs" && is_any_run_under_way(work);
        if (!is_left) work.exec0("vacuum full analyze " + table);
    };
    wait_for_locks(attempt, [&] { fmt::print(out, "waiting for whoever uses {}\n", table); });
    if (is_left)
        fmt::print(out, "automation_runs is left: runs are under way; stop the servers with the"
                        " role automation and scrub again\n");
    else
        fmt::print(out, "{} is written anew\n", table);
    return !is_left;
}

} // namespace

int run_scrub(const std::string& database_url, std::ostream& out) {
    const Connection connection = connect(database_url, Role::owner);
    pqxx::nontransaction work(*connection);
    work.exec0("set statement_timeout = 0; set lock_timeout = '1s'");
    const std::vector<std::string> tables = touched_tables(work);
    bool is_whole = true;
    for (const std::string& table : tables) is_whole = write_anew(work, table, out) && is_whole;
    if (tables.empty()) {
        fmt::print(out, "nothing was erased\n");
        return 0;
    }
    try {
        work.exec("select pg_switch_wal()");
        fmt::print(out, "a new WAL file begins; the old ones go with the archive's retention\n");
    } catch (const pqxx::insufficient_privilege&) {
        fmt::print(out, "this login may not begin a new WAL file: have `select pg_switch_wal()` "
                        "run by one that may\n");
        return 1;
    }
    return is_whole ? 0 : 1;
}

} // namespace throughline
