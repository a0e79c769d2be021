#include "handlers/automation/breakers.hpp"

#include "tests/support/house.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

using namespace throughline;

namespace {

struct Breaking : HouseWorld {
    Breakers breakers{system, commands};

    /// How often the breaker opened in a row; 0 where it is closed.
    int trips() {
        int found = 0;
        system.read({}, [&](pqxx::transaction_base& transaction) {
            const auto rows = transaction.exec_params(
                "select trips from automation_breakers where tenant_id = $1", to_string(tenant));
            found = rows.empty() ? 0 : rows[0][0].as<int>();
        });
        return found;
    }
    void fail(int times) {
        for (int i = 0; i < times; ++i) breakers.note(tenant, false);
    }
};

} // namespace

TEST_CASE_FIXTURE(Breaking,
                  "what was under way when a breaker opened neither closes it nor adds to it") {
    fail(19);
    CHECK(trips() == 0);
    fail(1);
    CHECK(trips() == 1);
    fail(30);
    CHECK(trips() == 1);
    breakers.note(tenant, true);
    CHECK(trips() == 1);
    breakers.probe(tenant);
    fail(1);
    CHECK(trips() == 2);
    fail(30);
    CHECK(trips() == 2);
    breakers.probe(tenant);
    breakers.note(tenant, true);
    CHECK(trips() == 0);
    fail(1);
    CHECK(trips() == 0);
}

TEST_CASE_FIXTURE(Breaking, "a trial of which nothing comes makes room for another at once") {
    const auto may_try = [&] {
        bool may = false;
        system.read({}, [&](pqxx::transaction_base& transaction) {
            may = transaction.exec1("select closed_until <= now() from automation_breakers")[0]
                      .as<bool>();
        });
        return may;
    };
    fail(20);
    breakers.end_probe(tenant); // there is none
    CHECK_FALSE(may_try());
    breakers.probe(tenant);
    CHECK_FALSE(may_try());
    breakers.end_probe(tenant);
    CHECK(may_try());
    breakers.probe(tenant);
    fail(1);
    breakers.end_probe(tenant); // it failed
    CHECK_FALSE(may_try());
    CHECK(trips() == 2);
}

TEST_CASE_FIXTURE(Breaking, "a trial that comes to nothing ends no rest that another began since") {
    const auto closed_until = [&] {
        std::string until;
        system.read({}, [&](pqxx::transaction_base& transaction) {
            until = transaction.exec1("select closed_until::text from automation_breakers")[0]
                        .as<std::string>();
        });
        return until;
    };
    fail(20);
    breakers.probe(tenant);
    Breakers of_another(system, commands);
    of_another.probe(tenant);
    of_another.note(tenant, false);
    const std::string rest = closed_until();
    breakers.end_probe(tenant);
    CHECK(closed_until() == rest);
}
