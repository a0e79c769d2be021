#include "api/cli/cron.hpp"

#include "domain/rules/cron.hpp"
#include "handlers/time_zones.hpp"

#include <ostream>

namespace throughline {

namespace {

/// Whole seconds, without the fraction.
std::string line(Time time) { return to_rfc3339(time).substr(0, 19) + "Z\n"; }

int refuse(std::ostream& log, std::string_view fault) {
    log << "throughline cron: " << fault << '\n';
    return 1;
}

} // namespace

int run_cron(const CronCommand& command, std::ostream& out, std::ostream& log) {
    const auto cron = rules::Cron::parse(command.expression);
    if (!cron) return refuse(log, cron.error().errors.front().detail);
    const std::string& name = cron->zone_name().empty() ? command.zone : cron->zone_name();
    const date::time_zone* const zone = find_time_zone(name);
    if (zone == nullptr) return refuse(log, "there is no time zone " + name);
    const auto after = parse_rfc3339(command.after);
    if (!after) return refuse(log, "--after takes a time such as 2026-03-08T06:00:00Z");
    auto next = cron->next(*after, *zone);
    for (std::size_t i = 0; next && i < command.count; ++i) {
        out << line(*next);
        next = cron->next(*next, *zone);
    }
    return 0;
}

} // namespace throughline
