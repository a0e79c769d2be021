#include "domain/rules/awaits.hpp"

#include <algorithm>

namespace throughline::rules {

namespace {

constexpr std::string_view high_value = "deal.high_value";

bool rises(const Awaiting& rule, std::string_view type, const JsonObject& data) {
    return rises_above(threshold_of(rule.conditions, rule.threshold), type, data);
}

} // namespace

bool awaits(const Awaiting& rule, const Kind& kind, std::string_view type, const JsonObject& data) {
    const std::string event = rule.trigger.text("event");
    if (event == high_value) return rises(rule, type, data);
    const auto names = trigger_names(kind, type, data);
    return std::ranges::find(names, event) != names.end();
}

bool awaits_sample(const Awaiting& rule, const JsonObject& context) {
    if (rule.trigger.text("event") != high_value) return true;
    const Json seen(context);
    const Json change = value_of(value_of(seen, "changes"), "value");
    if (change.is_null()) return rises(rule, "deal.created", {{"value", value_of(seen, "value")}});
    return rises(rule, "deal.updated",
                 {{"before", JsonObject{{"value", value_of(change, "old")}}},
                  {"after", JsonObject{{"value", value_of(change, "new")}}}});
}

} // namespace throughline::rules
