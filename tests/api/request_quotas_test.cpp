#include "api/session/request_quotas.hpp"

#include "api/client_address.hpp"
#include "api/config.hpp"

#include <doctest/doctest.h>

namespace throughline {

TEST_CASE("THROUGHLINE_RATE_LIMITS overrides some quotas, or turns all off") {
    RequestQuotas quotas;
    CHECK_FALSE(read_request_quotas("ai=100,rest=20000", quotas));
    CHECK(quotas.ai == 100);
    CHECK(quotas.rest == 20000);
    CHECK(quotas.calendar == 20);
    CHECK(quotas.of_user() == 10000);
    CHECK(quotas.are_kept);
    CHECK_FALSE(read_request_quotas("off", quotas));
    CHECK_FALSE(quotas.are_kept);
    CHECK_FALSE(read_request_quotas("user=7,address=1", quotas));
    CHECK(quotas.of_user() == 7);
    CHECK(quotas.address == 1);
    CHECK(quotas.rest == 6000);
}

TEST_CASE("wrong limits are refused with what is taken") {
    for (const char* wrong : {"on", "ai", "ai=", "ai=0", "ai=-1", "ai=1000000001", "ai=x", "aii=3",
                              "ai=1,", ",ai=1", "ai=1;rest=2", "ai= 1", "off,ai=1", "=3"}) {
        RequestQuotas quotas;
        const auto fault = read_request_quotas(wrong, quotas);
        REQUIRE_MESSAGE(fault, wrong);
        CHECK(fault->find("ai=100,rest=20000") != std::string::npos);
        CHECK(quotas.ai == 10);
    }
    std::vector<ConfigFault> faults;
    (void)read_config(
        [](const std::string& name) {
            return name == "THROUGHLINE_RATE_LIMITS" ? std::optional<std::string>("many")
                                                     : std::nullopt;
        },
        faults);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].variable == "THROUGHLINE_RATE_LIMITS");
}

TEST_CASE("an address counts as its network, however it is written") {
    CHECK(bucket_of_address("192.0.2.1") != bucket_of_address("192.0.2.2"));
    CHECK(bucket_of_address("::ffff:192.0.2.1") == bucket_of_address("192.0.2.1"));
    CHECK(bucket_of_address("2001:db8:1:2::1") == bucket_of_address("2001:db8:1:2:ffff::9"));
    CHECK(bucket_of_address("2001:db8:1:2::1") != bucket_of_address("2001:db8:1:3::1"));
}

} // namespace throughline
