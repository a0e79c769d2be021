#include "domain/rules/cron.hpp"
#include "handlers/time_zones.hpp"
#include "tests/conformance/data.hpp"

#include <date/tz.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <sstream>

using namespace throughline;
using rules::Cron;

namespace {

const date::time_zone& zone(const std::string& name) {
    const date::time_zone* const found = find_time_zone(name);
    REQUIRE(found != nullptr);
    return *found;
}

/// A time as robfig's rows write it: "Mon Jul 9 15:00 2012", by the zone's clock, or RFC 3339.
struct RobfigTime {
    std::string zone;
    Time time;
};

Time read_local(const std::string& text, const date::time_zone& clock) {
    for (const char* const form : {"%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M %Y"}) {
        // Some rows name a wrong day of the week, which date refuses.
        std::istringstream in(text.substr(4));
        date::local_seconds local;
        in >> date::parse(std::string(form + 3), local);
        if (!in.fail()) return clock.to_sys(local, date::choose::earliest);
    }
    FAIL("no time: " << text);
    return {};
}

RobfigTime read_time(std::string text) {
    std::string name = "UTC";
    if (text.starts_with("TZ=")) {
        name = text.substr(3, text.find(' ') - 3);
        text.erase(0, text.find(' ') + 1);
    }
    if (text.find('T') == 10) {
        // -0500 is not RFC 3339.
        text.insert(text.size() - 2, ":");
        return {name, *parse_rfc3339(text)};
    }
    return {name, read_local(text, zone(name))};
}

/// The zone that a row runs in: the schedule's own, or the time's.
const date::time_zone& zone_of(const Cron& cron, const RobfigTime& time) {
    return zone(cron.zone_name().empty() ? time.zone : cron.zone_name());
}

/// Rows that dst_grid.json contradicts: there a fixed time that is skipped runs at the end of the
/// gap, here it does not run that day.
constexpr std::array<std::string_view, 5> contradicted = {
    "2012-03-11T00:00:00-0500 TZ=America/New_York 0 30 2 11 Mar ?",
    "2012-03-11T00:00:00-0500 TZ=America/New_York 0 0 2 * * ?",
    // Here a fixed time that is repeated runs twice, there once.
    "2012-11-04T01:45:00-0400 TZ=America/New_York 0 30 1 04 Nov ?",
    "2012-11-04T01:00:00-0400 TZ=America/New_York 0 0 1 * * ?",
    "TZ=America/New_York 2012-11-04T01:00:00-0400 0 0 1 * * ?",
};

Cron parsed(const std::string& text) {
    CAPTURE(text);
    auto cron = Cron::parse(text);
    REQUIRE(cron.has_value());
    return *cron;
}

} // namespace

TEST_CASE("cron: over changes of the clock it runs when most engines do") {
    const auto grid = conformance_file("cron/dst_grid.json");
    if (!grid) return;
    int rows = 0;
    for (const Json& row : *grid->find("cases")->array()) {
        const JsonArray* const expected = row.find("majority")->array();
        if (expected == nullptr) continue;
        CAPTURE(to_text(row));
        const Cron cron = parsed(row.text("expr"));
        Time at = *parse_rfc3339(row.text("base"));
        for (const Json& time : *expected) {
            const auto next = cron.next(at, zone(row.text("tz")));
            REQUIRE(next.has_value());
            CHECK(to_rfc3339(*next) == to_rfc3339(*parse_rfc3339(*time.string())));
            at = *next;
        }
        ++rows;
    }
    CHECK(rows > 0);
}

TEST_CASE("cron: robfig's times at which a schedule runs") {
    const auto file = conformance_file("cron/robfig_cron.json");
    if (!file) return;
    for (const Json& row : *file->find("activation")->array()) {
        CAPTURE(to_text(row));
        const RobfigTime time = read_time(row.text("time"));
        const Cron cron = parsed(row.text("spec"));
        const auto next = cron.next(time.time - std::chrono::seconds(1), zone_of(cron, time));
        CHECK((next == time.time) == *row.find("matches")->boolean());
    }
}

TEST_CASE("cron: robfig's next times") {
    const auto file = conformance_file("cron/robfig_cron.json");
    if (!file) return;
    for (const Json& row : *file->find("next")->array()) {
        const std::string name = row.text("time") + ' ' + row.text("spec");
        if (std::ranges::find(contradicted, name) != contradicted.end()) continue;
        CAPTURE(to_text(row));
        const RobfigTime time = read_time(row.text("time"));
        const Cron cron = parsed(row.text("spec"));
        const auto next = cron.next(time.time, zone_of(cron, time));
        const std::string expected = row.text("next");
        CHECK(next.has_value() == !expected.empty());
        if (next && !expected.empty())
            CHECK(to_rfc3339(*next) == to_rfc3339(read_time(expected).time));
    }
    for (const Json& row : *file->find("next5fieldTz")->array()) {
        CAPTURE(to_text(row));
        const Time expected = read_time(row.text("next")).time;
        const auto next =
            parsed(row.text("spec")).next(read_time(row.text("time")).time, zone("Asia/Kolkata"));
        CHECK(next == expected);
    }
}

TEST_CASE("cron: robfig's schedules that are none") {
    const auto file = conformance_file("cron/robfig_cron.json");
    if (!file) return;
    for (const Json& text : *file->find("invalid5field")->array())
        CHECK_MESSAGE(Cron::parse(*text.string()).has_error(), *text.string());
    for (const Json& row : *file->find("invalid6field")->array())
        CHECK_MESSAGE(Cron::parse(row.text("spec")).has_error(), to_text(row));
}
