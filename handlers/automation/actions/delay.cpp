#include "handlers/automation/actions/delay.hpp"

#include "bus/ids.hpp"
#include "domain/rules/coerce.hpp"
#include "domain/rules/cron_field.hpp"
#include "handlers/automation/actions/outcomes.hpp"
#include "handlers/time_zones.hpp"

#include <array>

namespace throughline {

namespace {

std::string zone_of(EventStore& store, const Uuid& tenant) {
    const std::array keys{StreamKey{"tenant", tenant}};
    const StreamHead head = store.heads(tenant, keys).front();
    return head.version == 0 ? "UTC" : parse_json(head.state).text("timezone", "UTC");
}

/// A text that writes a number is a number of days, as a template may have made it.
EffectResult wait_for(const std::string& text) {
    const auto days = rules::read_number(text);
    const auto time = rules::read_duration(days ? rules::number_text(*days) + 'd' : text);
    if (!time)
        return failed("for", "A duration such as 12h or 2d, or a number of days, is expected.");
    return DoneAt{now() + *time};
}

} // namespace

EffectResult Delay::operator()(const Effect& effect) const {
    if (const auto duration = text_parameter(effect, "for")) return wait_for(*duration);
    const auto until = text_parameter(effect, "until");
    if (!until) return failed("for", "It takes one of for and until.");
    if (const auto time = parse_rfc3339(*until)) return DoneAt{*time};
    const auto day = parse_date(*until);
    if (!day) return failed("until", "An RFC 3339 time or a date, YYYY-MM-DD, is expected.");
    return DoneAt{start_of_day(*day, zone_of(store, effect.run.tenant))};
}

} // namespace throughline
