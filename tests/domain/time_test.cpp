#include "domain/time.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

std::string in_utc(std::string_view text) {
    const auto time = parse_rfc3339(text);
    return time ? to_rfc3339(*time) : "refused";
}

} // namespace

TEST_CASE("a time with any offset comes out in UTC with six digits") {
    CHECK(in_utc("2026-03-08T06:00:00Z") == "2026-03-08T06:00:00.000000Z");
    CHECK(in_utc("2026-03-08t06:00:00z") == "2026-03-08T06:00:00.000000Z");
    CHECK(in_utc("2026-03-08T01:30:00.5-05:30") == "2026-03-08T07:00:00.500000Z");
    CHECK(in_utc("2026-01-01T00:30:00+01:00") == "2025-12-31T23:30:00.000000Z");
    CHECK(in_utc("2024-02-29T23:59:59.999999Z") == "2024-02-29T23:59:59.999999Z");
    CHECK(in_utc("1969-12-31T23:59:59.000001Z") == "1969-12-31T23:59:59.000001Z");
    CHECK(in_utc("0001-01-01T00:00:00Z") == "0001-01-01T00:00:00.000000Z");
    CHECK(in_utc("2026-03-08T06:00:00-00:00") == "2026-03-08T06:00:00.000000Z");
}

TEST_CASE("fractional digits are cut to six, however many there are") {
    CHECK(in_utc("2026-03-08T06:00:00.123456789Z") == "2026-03-08T06:00:00.123456Z");
    CHECK(in_utc("2026-03-08T06:00:00.9999999Z") == "2026-03-08T06:00:00.999999Z");
    CHECK(in_utc("2026-03-08T06:00:00.01Z") == "2026-03-08T06:00:00.010000Z");
    CHECK(in_utc("2026-03-08T06:00:00.1234567891Z") == "2026-03-08T06:00:00.123456Z");
    CHECK(in_utc("2026-03-08T06:00:00." + std::string(200, '7') + "Z") ==
          "2026-03-08T06:00:00.777777Z");
    CHECK(in_utc("2026-03-08T06:00:00.Z") == "refused");
}

TEST_CASE("a leap second is the second after it") {
    CHECK(in_utc("2016-12-31T23:59:60Z") == "2017-01-01T00:00:00.000000Z");
    CHECK(in_utc("2016-12-31T23:59:60.25Z") == "2017-01-01T00:00:00.250000Z");
    CHECK(in_utc("1990-12-31T15:59:60-08:00") == "1991-01-01T00:00:00.000000Z");
}

TEST_CASE("what RFC 3339 does not allow is refused") {
    for (const auto* text : {"",
                             "2026-03-08",
                             "2026-03-08T06:00:00",
                             "2026-03-08 06:00:00Z",
                             "2026-3-8T06:00:00Z",
                             "2026-02-29T06:00:00Z",
                             "2026-13-01T06:00:00Z",
                             "2026-00-01T06:00:00Z",
                             "2026-03-08T24:00:00Z",
                             "2026-03-08T06:60:00Z",
                             "2016-12-30T23:59:60Z",
                             "2016-12-31T23:58:60Z",
                             "2016-12-31T23:59:60+01:00",
                             "2016-12-31T23:59:61Z",
                             "9999-12-31T23:59:60Z",
                             "2026-03-08T06:00:00+24:00",
                             "2026-03-08T06:00:00+01:60",
                             "2026-03-08T06:00:00+0100",
                             "2026-03-08T06:00:00Zx",
                             " 2026-03-08T06:00:00Z",
                             "0001-01-01T00:00:00+01:00",
                             "9999-12-31T23:59:59-01:00",
                             "+2026-03-08T06:00:00Z",
                             "1772949600"})
        CHECK(in_utc(text) == "refused");
}

TEST_CASE("a date is a day that exists") {
    using namespace std::chrono;
    CHECK(parse_date("2024-02-29") == 2024y / February / 29);
    for (const auto* text :
         {"2026-02-29", "2026-04-31", "2026-1-01", "2026-01-01T", "20260101", "", "0000-01-01"})
        CHECK_FALSE(parse_date(text));
}
