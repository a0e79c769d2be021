#include "api/session/request_limits.hpp"

#include "bus/ids.hpp"
#include "bus/migrate.hpp"
#include "tests/support/private_postgres.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

struct Office {
    Office() {
        migrate(database.url(), [](auto) {});
        quotas.rest = 100;
        quotas.user = 10;
        quotas.ai = 3;
    }

    [[nodiscard]] Request by(const Uuid& user) const {
        Request request;
        request.remote_address = "192.0.2.1";
        request.principal.emplace();
        request.principal->tenant_id = tenant;
        request.principal->user_id = user;
        return request;
    }
    int passed(RequestLimits& limits, const Uuid& user, int asked,
               LimitClass limit = LimitClass::rest) const {
        int count = 0;
        for (int i = 0; i < asked; ++i)
            if (!limits.count(limit, by(user)).refusal) ++count;
        return count;
    }

    TestDatabase database;
    RequestQuotas quotas;
    Database system{database.url(), Role::system, 2};
    RateLeases leases{system};
    RateLimiter limiter{leases};
    Uuid tenant = new_id();
    Uuid ada = new_id();
    Uuid bob = new_id();
};

} // namespace

TEST_CASE("who is alone has all of the tenant's quota, who is not leaves some to the others") {
    Office office;
    RequestLimits limits(office.limiter, office.quotas);
    const CountedRequest alone = limits.count(LimitClass::rest, office.by(office.ada));
    CHECK(alone.policy == R"("rest";q=100;w=60)");
    CHECK(office.passed(limits, office.ada, 40) == 40); // far beyond a user's own
    // Somebody else calls: from now on each has a limit of their own.
    const CountedRequest other = limits.count(LimitClass::rest, office.by(office.bob));
    CHECK_FALSE(other.refusal);
    CHECK(other.policy == R"("rest";q=100;w=60, "user";q=10;w=60)");
    CHECK(other.limit.starts_with(R"("user";r=9;)"));
    const CountedRequest refused = limits.count(LimitClass::rest, office.by(office.ada));
    REQUIRE(refused.refusal);
    CHECK(refused.refusal->refusal == Refusal::throttled);
    CHECK(refused.refusal->detail.find("user") != std::string::npos);
    CHECK(refused.refusal->retry_after.count() >= 1);
    const int more = office.passed(limits, office.bob, 30);
    CHECK(more >= 9);
    CHECK(more <= 11);
}

TEST_CASE("a user's refused requests take nothing from the tenant's quota") {
    Office office;
    RequestLimits limits(office.limiter, office.quotas);
    CHECK(office.passed(limits, office.bob, 1) == 1);
    const int passed = office.passed(limits, office.ada, 200);
    CHECK(passed >= 10);
    CHECK(passed <= 12);
    const CountedRequest refused = limits.count(LimitClass::rest, office.by(office.ada));
    REQUIRE(refused.refusal);
    CHECK(refused.policy == R"("rest";q=100;w=60, "user";q=10;w=60)");
    CHECK(refused.limit.starts_with(R"("user";r=0;)"));
    CHECK(office.passed(limits, office.bob, 5) == 5);
}

TEST_CASE("each class of requests has a quota of its own") {
    Office office;
    RequestLimits limits(office.limiter, office.quotas);
    CHECK(office.passed(limits, office.ada, 10, LimitClass::ai) == 3);
    const CountedRequest refused = limits.count(LimitClass::ai, office.by(office.bob));
    CHECK(refused.refusal);
    CHECK(refused.policy == R"("ai";q=3;w=60)");
    CHECK(refused.limit.starts_with(R"("ai";r=0;)"));
    CHECK(office.passed(limits, office.ada, 5) == 5);
    CHECK(office.passed(limits, office.ada, 9, LimitClass::ics) == 5);
}

TEST_CASE("another tenant's users are nobody's colleagues") {
    Office office;
    RequestLimits limits(office.limiter, office.quotas);
    CHECK(office.passed(limits, office.ada, 20) == 20);
    Request elsewhere = office.by(office.bob);
    elsewhere.principal->tenant_id = new_id();
    CHECK_FALSE(limits.count(LimitClass::rest, elsewhere).refusal);
    CHECK(office.passed(limits, office.ada, 20) == 20);
}
