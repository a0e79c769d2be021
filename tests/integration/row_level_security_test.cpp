#include "bus/migrate.hpp"
#include "bus/postgres_event_store.hpp"
#include "tests/support/commands.hpp"
#include "tests/support/private_postgres.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

using namespace throughline;

namespace {

const Uuid mine = uuid_of("01890000-0000-7000-8000-000000000001");
const Uuid theirs = uuid_of("01890000-0000-7000-8000-000000000002");

/// A database in which two tenants have one event each.
struct TwoTenants {
    TestDatabase database;
    TwoTenants() {
        migrate(database.url(), [](std::string_view) {});
        Appender appender(database.url());
        for (const Uuid& tenant : {mine, theirs}) {
            const Outcome outcome = appender.append(create_contact(tenant)).get();
            REQUIRE(std::holds_alternative<Committed>(outcome));
        }
    }
};

pqxx::result run(pqxx::connection_base& connection, const std::string& sql) {
    pqxx::nontransaction transaction(connection);
    return transaction.exec(sql);
}

void check_denied(pqxx::connection_base& connection, const std::string& sql) {
    INFO(sql);
    CHECK_THROWS_AS(run(connection, sql), pqxx::insufficient_privilege);
}

} // namespace

TEST_CASE_FIXTURE(TwoTenants, "the application's role reads one tenant") {
    const auto app = connect(database.url(), Role::app);
    for (const std::string table : {"events", "streams", "commands"}) {
        INFO(table);
        CHECK(run(*app, "select tenant_id from " + table).empty()); // no tenant named yet
    }
    run(*app, "set app.tenant_id = '" + to_string(mine) + "'");
    for (const std::string table : {"events", "streams", "commands"}) {
        INFO(table);
        const auto rows = run(*app, "select tenant_id from " + table);
        REQUIRE(rows.size() == 1);
        CHECK(rows[0][0].as<std::string>() == to_string(mine));
        CHECK(run(*app, "select tenant_id from " + table + " where tenant_id = '" +
                            to_string(theirs) + "' or true")
                  .size() == 1);
    }
    run(*app, "set app.tenant_id = ''");
    CHECK(run(*app, "select tenant_id from events").empty());
    run(*app, "begin");
    run(*app, "set local app.tenant_id = '" + to_string(mine) + "'");
    run(*app, "commit");
    CHECK(run(*app, "select tenant_id from events").empty());
}

TEST_CASE_FIXTURE(TwoTenants, "no role reads a partition directly") {
    const auto owner = connect(database.url(), Role::owner);
    const auto partitions = run(*owner, "select inhrelid::regclass::text from pg_inherits "
                                        "where inhparent = 'events'::regclass");
    CHECK(partitions.size() >= 3);
    for (const Role role : {Role::app, Role::system}) {
        const auto connection = connect(database.url(), role);
        for (const auto& row : partitions)
            check_denied(*connection, "select * from " + row[0].as<std::string>());
    }
}

TEST_CASE_FIXTURE(TwoTenants, "the application's role writes nothing of the log") {
    const auto app = connect(database.url(), Role::app);
    run(*app, "set app.tenant_id = '" + to_string(mine) + "'");
    for (const std::string table :
         {"events", "streams", "commands", "log_head", "checkpoints", "dead_letters"}) {
        check_denied(*app, "insert into " + table + " default values");
        check_denied(*app, "delete from " + table);
        check_denied(*app, "truncate " + table);
    }
    check_denied(*app, "update events set type = 'x'");
    check_denied(*app, "update streams set version = 9");
    check_denied(*app, "update log_head set position = 9");
    check_denied(*app, "select ensure_event_partitions(1)");
    check_denied(*app, "select sweep_commands(1)");
    check_denied(*app, "select mark_operators_leakproof()");
    const auto functions = run(*app, "select has_function_privilege(oid, 'execute') from pg_proc "
                                     "where proname = 'append_batch'");
    REQUIRE(functions.size() == 1);
    CHECK_FALSE(functions[0][0].as<bool>());
}

TEST_CASE_FIXTURE(TwoTenants, "the system's role reads all and writes only through append_batch") {
    const auto system = connect(database.url(), Role::system);
    for (const std::string table : {"events", "streams", "commands"}) {
        CHECK(run(*system, "select tenant_id from " + table).size() == 2);
        check_denied(*system, "insert into " + table + " select * from " + table);
        check_denied(*system, "delete from " + table);
        check_denied(*system, "truncate " + table);
    }
    check_denied(*system, "update events set type = 'x'");
    check_denied(*system, "update streams set version = 9");
    check_denied(*system, "update log_head set position = 9");
    check_denied(*system, "select 1 from pg_authid");
    run(*system, "insert into checkpoints values ('x', 1)");
    CHECK(run(*system, "delete from checkpoints").affected_rows() == 1);
}

TEST_CASE_FIXTURE(TwoTenants, "a pooled connection follows the tenant") {
    Database app(database.url(), Role::app, 1);
    const auto seen = [&](const Uuid& tenant) {
        std::string id;
        app.read(tenant, [&](pqxx::transaction_base& transaction) {
            id = transaction.exec1("select tenant_id from events")[0].as<std::string>();
        });
        return id;
    };
    CHECK(seen(mine) == to_string(mine));
    CHECK(seen(theirs) == to_string(theirs));
    CHECK_THROWS(app.write(
        mine, [](pqxx::transaction_base& transaction) { transaction.exec("select 1/0"); }));
    CHECK(seen(theirs) == to_string(theirs));
    CHECK(seen(mine) == to_string(mine));
    CHECK_THROWS(seen({})); // the nil tenant has no events here
}

TEST_CASE_FIXTURE(TwoTenants, "a read survives the loss of its connection, under the same tenant") {
    Database app(database.url(), Role::app, 1);
    const auto owner = connect(database.url(), Role::owner);
    const auto count = [&] {
        std::size_t rows = 0;
        app.read(mine, [&](pqxx::transaction_base& transaction) {
            rows = transaction.exec("select tenant_id from events").size();
        });
        return rows;
    };
    CHECK(count() == 1);
    run(*owner, "select pg_terminate_backend(pid, 10000) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()");
    CHECK(count() == 1);
}

TEST_CASE_FIXTURE(TwoTenants, "operators of lists are leakproof, so that indexes serve under RLS") {
    const auto owner = connect(database.url(), Role::owner);
    for (const std::string function : {"ts_match_vq", "textlike", "numeric_lt", "jsonb_contains"}) {
        INFO(function);
        CHECK(
            run(*owner, "select proleakproof from pg_proc where proname = '" + function + "'")[0][0]
                .as<bool>());
    }
}
