#include "domain/rules/cron.hpp"

#include <date/tz.h>
#include <doctest/doctest.h>

using namespace throughline;
using rules::Cron;

namespace {

/// The next times, in UTC, minutes precise or with seconds where there are any.
std::string next(const std::string& text, const std::string& zone, const std::string& after,
                 int count = 1) {
    const auto cron = Cron::parse(text);
    if (!cron) return cron.error().errors.front().detail;
    std::string told;
    auto at = parse_rfc3339(after);
    for (int i = 0; at && i < count; ++i) {
        at = cron->next(*at, *date::locate_zone(zone));
        told += (i > 0 ? " " : "") + (at ? to_rfc3339(*at).substr(0, 19) : "never");
    }
    return told;
}

bool is_refused(const std::string& text) { return Cron::parse(text).has_error(); }

} // namespace

TEST_CASE("cron: fields, names, lists, ranges and steps") {
    const std::string monday = "2026-03-02T10:07:30Z";
    CHECK(next("*/15 * * * *", "UTC", monday) == "2026-03-02T10:15:00");
    CHECK(next("0 9 * * mon-fri", "UTC", monday) == "2026-03-03T09:00:00");
    CHECK(next("0 9 * * 1", "Europe/Paris", monday) == "2026-03-09T08:00:00");
    CHECK(next("0 0 1 JAN,jul *", "UTC", monday) == "2026-07-01T00:00:00");
    CHECK(next("30 5 10 10-20/5 * *", "UTC", monday, 3) ==
          "2026-03-10T10:05:30 2026-03-15T10:05:30 2026-03-20T10:05:30");
    CHECK(next("0 0 * * 5-7", "UTC", monday, 3) ==
          "2026-03-06T00:00:00 2026-03-07T00:00:00 2026-03-08T00:00:00");
    CHECK(next("0 0 13 * fri", "UTC", monday, 2) == "2026-03-06T00:00:00 2026-03-13T00:00:00");
    CHECK(next("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z") == "2104-02-29T00:00:00");
    CHECK(next("0 0 31 2 *", "UTC", monday) == "never");
    CHECK(next("* * * * * *", "UTC", "2026-03-02T10:07:30.5Z") == "2026-03-02T10:07:31");
    CHECK(next("59 59 23 31 12 *", "UTC", "2026-12-31T23:59:59Z") == "2027-12-31T23:59:59");
}

TEST_CASE("cron: descriptors, durations and a zone in front") {
    const std::string monday = "2026-03-02T10:07:30Z";
    CHECK(next("@hourly", "UTC", monday) == "2026-03-02T11:00:00");
    CHECK(next("@daily", "Asia/Kathmandu", monday) == "2026-03-02T18:15:00");
    CHECK(next("@weekly", "UTC", monday) == "2026-03-08T00:00:00");
    CHECK(next("@monthly", "UTC", monday) == "2026-04-01T00:00:00");
    CHECK(next("@annually", "UTC", monday) == "2027-01-01T00:00:00");
    CHECK(next("@every 1h30m", "UTC", monday, 2) == "2026-03-02T11:37:30 2026-03-02T13:07:30");
    CHECK(Cron::parse("CRON_TZ=Europe/Paris 0 9 * * *")->zone_name() == "Europe/Paris");
}

TEST_CASE("cron: a skipped time runs when the gap ends, a repeated one the first time") {
    const std::string new_york = "America/New_York";
    CHECK(next("30 2 * * *", new_york, "2026-03-07T12:00:00Z", 2) ==
          "2026-03-08T07:00:00 2026-03-09T06:30:00");
    CHECK(next("0,30 2 * * *", new_york, "2026-03-07T12:00:00Z", 2) ==
          "2026-03-08T07:00:00 2026-03-09T06:00:00");
    CHECK(next("30 1 * * *", new_york, "2026-10-31T12:00:00Z", 2) ==
          "2026-11-01T05:30:00 2026-11-02T06:30:00");
    CHECK(next("30 1 * * *", new_york, "2026-11-01T05:45:00Z") == "2026-11-02T06:30:00");
    CHECK(next("30 * * * *", new_york, "2026-11-01T05:00:00Z", 3) ==
          "2026-11-01T05:30:00 2026-11-01T06:30:00 2026-11-01T07:30:00");
    CHECK(next("*/30 1 * * *", new_york, "2026-11-01T05:00:00Z", 3) ==
          "2026-11-01T05:30:00 2026-11-01T06:00:00 2026-11-01T06:30:00");
    // The day that Samoa left out does not run on the next one.
    CHECK(next("30 1 * * *", "Pacific/Apia", "2011-12-29T22:00:00Z") == "2011-12-30T11:30:00");
}

TEST_CASE("cron: what is no schedule is refused, and why") {
    for (const auto* text :
         {"",           "* * * *",       "* * * * * * *", "60 * * * *",
          "* 24 * * *", "* * 0 * *",     "* * 32 * *",    "* * * 13 *",
          "* * * * 8",  "5-1 * * * *",   "*/0 * * * *",   "1,,2 * * * *",
          "a * * * *",  "1-2-3 * * * *", "* * * * mon#1", "* * L * *",
          "@reboot",    "@every",        "@every 0s",     "@every 5",
          "@daily x",   "-1 * * * *",    "1/ * * * *",    "99999999999 * * * *"}) {
        CAPTURE(text);
        CHECK(is_refused(text));
    }
    const auto refused = Cron::parse("0 25 * * *", "/trigger/cron");
    CHECK(refused.error().errors.front().where == "/trigger/cron");
    CHECK(refused.error().errors.front().code == "invalid_format");
    CHECK(refused.error().errors.front().detail.find("hour '25'") != std::string::npos);
    CHECK(next("*/4294967295 * * * *", "UTC", "2026-03-02T10:07:30Z") == "2026-03-02T11:00:00");
}
