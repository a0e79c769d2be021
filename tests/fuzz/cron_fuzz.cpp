#include "domain/rules/cron.hpp"
#include "domain/text.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <date/tz.h>

#include <array>

namespace throughline::fuzz {
namespace {

using rules::Cron;

constexpr std::array<std::string_view, 8> zones = {
    "UTC",          "America/New_York",    "Europe/Berlin",     "Asia/Kathmandu",
    "Pacific/Apia", "Australia/Lord_Howe", "Africa/Casablanca", "America/Sao_Paulo"};

/// The zone, a line: a time. Then a schedule.
void run(std::string_view input) {
    Input from(input);
    const auto& zone = *date::locate_zone(std::string(zones[from.choice(zones.size())]));
    auto at = parse_rfc3339(from.line().value_or(""));
    if (!is_valid_utf8(from.rest())) return;
    const auto cron = Cron::parse(from.rest(), "/trigger/cron");
    if (!cron) return demand_lawful(cron.error());
    for (int i = 0; at && i < 4; ++i) {
        const auto next = cron->next(*at, zone);
        if (next) {
            demand(*next > *at, "time goes forward");
            demand(next->time_since_epoch().count() % 1'000'000 == 0, "it runs on whole seconds");
            const auto half = cron->next(*at + (*next - *at) / 2, zone);
            const bool every = from.rest().find("@every") != std::string_view::npos;
            demand(every || half == next, "nothing is between a time and the next");
        }
        at = next;
    }
}

const Target target("cron", run);

} // namespace
} // namespace throughline::fuzz
