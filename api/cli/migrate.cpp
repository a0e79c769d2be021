#include "api/cli/migrate.hpp"

#include "api/read_models.hpp"
#include "bus/checkpoint_row.hpp"
#include "bus/database.hpp"
#include "bus/lock_wait.hpp"
#include "bus/migrate.hpp"
#include "handlers/automation/engine.hpp"
#include "handlers/reference_follower.hpp"

#include <pqxx/pqxx>

#include <chrono>
#include <ostream>
#include <thread>

namespace throughline {

namespace {

/// One at a time, however many servers start on this database, as long as the connection lives.
void lock_read_models(pqxx::connection_base& connection) {
    pqxx::nontransaction transaction(connection);
    transaction.exec0("set lock_timeout = 0");
    transaction.exec1("select pg_advisory_lock(hashtext('throughline read models'))");
    transaction.exec0("set lock_timeout = '1s'"); // whoever comes behind waits as long
}

using Step = void (Projection::*)(pqxx::transaction_base&);

void take(Step step, pqxx::connection_base& connection, Projection& model, std::ostream& out) {
    const auto attempt = [&] {
        pqxx::work transaction(connection);
        (model.*step)(transaction);
        transaction.commit();
    };
    wait_for_locks(attempt,
                   [&] { out << "waiting for whoever reads " << model.name() << std::endl; });
}

/// Before the first server comes that has their role: what happened until then is theirs, too.
void open_checkpoints(pqxx::connection_base& connection) {
    pqxx::work transaction(connection);
    for (const char* const name : {AutomationEngine::own_name, ReferenceFollower::own_name})
        (void)open_checkpoint(transaction, name, StartAt::head);
    transaction.commit();
}

} // namespace

void run_migrate(const std::string& database_url, const Registry& registry, std::ostream& out) {
    migrate(database_url, [&](std::string_view line) { out << line << '\n'; });
    const auto connection = connect(database_url, Role::owner);
    lock_read_models(*connection);
    for (const auto& model : read_models(registry))
        for (const Step step : {&Projection::create_tables, &Projection::create_indexes})
            take(step, *connection, *model, out);
    open_checkpoints(*connection);
}

} // namespace throughline
