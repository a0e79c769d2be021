#include "bus/database.hpp"
#include "bus/lock_wait.hpp"
#include "bus/migrate.hpp"
#include "projections/table.hpp"
#include "tests/support/private_postgres.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <atomic>
#include <memory>
#include <random>
#include <thread>

using namespace throughline;

namespace {

std::vector<std::string> migrate_and_listen(const std::string& url) {
    std::vector<std::string> said;
    migrate(url, [&](std::string_view line) { said.emplace_back(line); });
    return said;
}

bool migrated(const std::string& url) {
    const auto owner = connect(url, Role::owner);
    pqxx::nontransaction transaction(*owner);
    return is_migrated(transaction);
}

} // namespace

TEST_CASE("migrations are applied once, in order") {
    const TestDatabase database;
    CHECK_FALSE(migrated(database.url()));
    const auto said = migrate_and_listen(database.url());
    REQUIRE(said.size() == embedded_migrations().size());
    CHECK(said[0] == "applied 0001_event_store");
    CHECK(migrated(database.url()));
    CHECK(migrate_and_listen(database.url()).empty());
}

TEST_CASE("a migration that changed since it was applied is named") {
    const TestDatabase database;
    migrate_and_listen(database.url());
    {
        const auto owner = connect(database.url(), Role::owner);
        pqxx::nontransaction(*owner).exec(
            "update schema_migrations set checksum = 'other' where name = '0002_roles'");
    }
    CHECK_FALSE(migrated(database.url()));
    CHECK_THROWS_WITH((void)migrate_and_listen(database.url()), doctest::Contains("0002_roles"));
}

TEST_CASE("processes that migrate at the same time do it once") {
    const TestDatabase first;
    const TestDatabase second; // of the same cluster: roles are shared
    std::vector<std::thread> processes;
    std::atomic<std::size_t> applied = 0;
    for (const TestDatabase* database : {&first, &second, &first, &second})
        processes.emplace_back(
            [&, database] { applied += migrate_and_listen(database->url()).size(); });
    for (std::thread& process : processes) process.join();
    CHECK(applied == 2 * embedded_migrations().size());
}

TEST_CASE("what meets a lock that others hold is tried again, and tells once") {
    const TestDatabase database;
    pqxx::connection reader(database.url());
    pqxx::nontransaction(reader).exec("create table things ()");
    auto reading = std::make_unique<pqxx::work>(reader);
    reading->exec("select from things");
    pqxx::connection owner(database.url());
    int told = 0;
    wait_for_locks(
        [&] {
            pqxx::work altering(owner);
            altering.exec("set local lock_timeout = '10ms'");
            altering.exec("alter table things add column name text");
            altering.commit();
        },
        [&] {
            ++told;
            reading.reset();
        });
    CHECK(told == 1);
    CHECK_THROWS_AS(
        wait_for_locks([&] { pqxx::nontransaction(owner).exec("select 1 / 0"); }, [&] { ++told; }),
        pqxx::sql_error);
    CHECK(told == 1);
}

TEST_CASE("an index of words from before gets the options of today's") {
    const TestDatabase database;
    pqxx::connection connection(database.url());
    pqxx::nontransaction owner(connection);
    owner.exec("create table texts (words tsvector)");
    owner.exec("create index texts_words_idx on texts using gin (words)"
               " with (gin_pending_list_limit = 64)");
    const auto options = [&] {
        return owner.exec1("select reloptions from pg_class where relname = 'texts_words_idx'")[0]
            .as<std::string>();
    };
    create_gin_index(owner, "texts_words_idx", "texts", "words");
    CHECK(options() == "{gin_pending_list_limit=1024}");
    create_gin_index(owner, "texts_words_idx", "texts", "words");
    CHECK(options() == "{gin_pending_list_limit=1024}");
}

TEST_CASE("URLs may name a driver and carry options") {
    const TestDatabase database;
    std::string url = database.url();
    url.insert(url.find("://"), "+asyncpg");
    migrate_and_listen(url);
    const auto app = connect(url, Role::app);
    pqxx::nontransaction transaction(*app);
    CHECK(transaction.exec1("select current_user")[0].as<std::string>() == "throughline_app");
    CHECK(transaction.exec1("show statement_timeout")[0].as<std::string>() == "30s");
    CHECK(transaction.exec1("show timezone")[0].as<std::string>() == "UTC");
    CHECK_THROWS_AS(connect("postgresql://[", Role::app), std::runtime_error);
}

TEST_CASE("an owner that is no superuser migrates, and learns what it may not do") {
    const TestDatabase database;
    const auto superuser = connect(database.url(), Role::owner);
    const std::string name = "owner_" + std::to_string(std::random_device()());
    {
        pqxx::nontransaction transaction(*superuser);
        transaction.exec("create role " + name + " createrole");
        // Superusers made the roles before: what a hosted database's administrator does.
        transaction.exec(
            "do $$ begin create role throughline_app; exception when others then end $$");
        transaction.exec(
            "do $$ begin create role throughline_system; exception when others then end $$");
        transaction.exec("grant throughline_app, throughline_system to " + name);
        transaction.exec("grant create on schema public to " + name);
    }
    const bool has_query = database.url().find('?') != std::string::npos;
    const std::string as_owner =
        database.url() + (has_query ? '&' : '?') + "options=-crole%3D" + name;
    const auto said = migrate_and_listen(as_owner);
    REQUIRE_FALSE(said.empty());
    CHECK(said.back().starts_with("warning: "));
    CHECK(migrated(as_owner));
    const auto system = connect(as_owner, Role::system);
    pqxx::nontransaction(*system).exec("select position from log_head");
    pqxx::nontransaction cleaning(*superuser);
    cleaning.exec("drop owned by " + name + " cascade");
    cleaning.exec("drop role " + name);
}
