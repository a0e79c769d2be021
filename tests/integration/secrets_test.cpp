#include "api/cli/rotate_secrets.hpp"
#include "bus/ids.hpp"
#include "bus/migrate.hpp"
#include "handlers/secrets/secrets.hpp"
#include "tests/support/private_postgres.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

#include <atomic>
#include <sstream>
#include <thread>

using namespace throughline;

namespace {

const std::string old_key(64, '1');
const std::string new_key(64, '2');

struct Fixture : TestDatabase {
    Fixture() {
        migrate(url(), [](std::string_view) {});
    }
    Database system{url(), Role::system, 4};
    KeyRing old_ring = *KeyRing::read(old_key);
    KeyRing both = *KeyRing::read(new_key + "," + old_key);
    KeyRing new_ring = *KeyRing::read(new_key);

    std::string value(const std::string& sql) {
        std::string text;
        system.read({}, [&](pqxx::transaction_base& transaction) {
            text = transaction.exec(sql)[0][0].c_str();
        });
        return text;
    }
    int rotate(const KeyRing& ring) {
        Secrets secrets(system, ring);
        return run_rotate_secrets(secrets, out, out);
    }
    std::ostringstream out;
};

} // namespace

TEST_CASE("a secret is kept sealed, replaced, and is its tenant's alone") {
    Fixture fixture;
    Secrets secrets(fixture.system, fixture.old_ring);
    const Uuid acme = new_id();
    const Uuid other = new_id();
    secrets.put(acme, "webhook/1", "first");
    secrets.put(acme, "webhook/1", "second");
    CHECK(secrets.get(acme, "webhook/1") == "second");
    CHECK_FALSE(secrets.get(other, "webhook/1").has_value());
    CHECK_FALSE(secrets.get(acme, "webhook/2").has_value());
    CHECK(fixture.value("select sealed from secrets").find("second") == std::string::npos);
    // A row copied to another tenant does not open there.
    fixture.system.write({}, [&](pqxx::transaction_base& transaction) {
        transaction.exec_params("insert into secrets select $1, name, sealed from secrets",
                                to_string(other));
    });
    CHECK_THROWS_WITH(static_cast<void>(secrets.get(other, "webhook/1")),
                      doctest::Contains("webhook/1"));
}

TEST_CASE("the application's role reads no secret") {
    Fixture fixture;
    Database app(fixture.url(), Role::app, 1);
    CHECK_THROWS(app.read(
        {}, [](pqxx::transaction_base& transaction) { transaction.exec("select from secrets"); }));
}

TEST_CASE("rotation seals all under the first key, so that the old one can go") {
    Fixture fixture;
    Secrets before(fixture.system, fixture.old_ring);
    const Uuid tenant = new_id();
    for (int i = 0; i < 450; ++i) before.put(tenant, "s" + std::to_string(i), std::to_string(i));
    before.put({}, "own", "the server's");
    CHECK(fixture.rotate(fixture.both) == 0);
    CHECK(fixture.out.str() == "451 secrets are now sealed under the first key\n");
    Secrets after(fixture.system, fixture.new_ring);
    for (int i = 0; i < 450; ++i)
        CHECK(after.get(tenant, "s" + std::to_string(i)) == std::to_string(i));
    CHECK(after.get({}, "own") == "the server's");
    CHECK(after.missing_keys().empty());
    CHECK(before.missing_keys() == std::set{fixture.new_ring.sealing_id()});
    fixture.out.str("");
    CHECK(fixture.rotate(fixture.both) == 0);
    CHECK(fixture.out.str() == "0 secrets are now sealed under the first key\n");
}

TEST_CASE("what does not open is left alone and named by its key") {
    Fixture fixture;
    Secrets old_secrets(fixture.system, fixture.old_ring);
    old_secrets.put(new_id(), "lost", "x");
    CHECK(fixture.rotate(fixture.new_ring) == 1);
    CHECK(fixture.out.str().find("1 left as they were: SECRET_KEYS lacks the keys " +
                                 fixture.old_ring.sealing_id()) != std::string::npos);
    CHECK(fixture.value("select sealed from secrets")
              .starts_with("1." + fixture.old_ring.sealing_id()));
}

TEST_CASE("rotation beside servers that read and write loses nothing") {
    Fixture fixture;
    Secrets serving(fixture.system, fixture.both);
    const Uuid tenant = new_id();
    Secrets before(fixture.system, fixture.old_ring);
    for (int i = 0; i < 200; ++i) before.put(tenant, "s" + std::to_string(i), "0");
    std::atomic<bool> is_over = false;
    std::thread writer([&] {
        for (int round = 1; round <= 3; ++round)
            for (int i = 0; i < 200; ++i)
                serving.put(tenant, "s" + std::to_string(i), std::to_string(round));
        is_over = true;
    });
    int rotations = 0;
    while (!is_over || rotations == 0) rotations += fixture.rotate(fixture.both) == 0 ? 1 : 0;
    writer.join();
    for (int i = 0; i < 200; ++i) CHECK(serving.get(tenant, "s" + std::to_string(i)) == "3");
}
