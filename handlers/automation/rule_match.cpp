#include "handlers/automation/rule_match.hpp"

#include "domain/rules/triggers.hpp"
#include "handlers/automation/event_contexts.hpp"

namespace throughline {

namespace {

constexpr std::string_view high_value = "deal.high_value";

/// The tenant's high_value_threshold.
double tenants_threshold(const Json& context) {
    const Json* const tenant = context.find("tenant");
    const Json* const amount = tenant == nullptr ? nullptr : tenant->find("high_value_threshold");
    if (amount == nullptr) return 0;
    if (amount->number() != nullptr) return std::stod(amount->number()->digits);
    return amount->string() == nullptr ? 0 : std::stod(*amount->string());
}

} // namespace

SeenEvent::SeenEvent(const StoredEvent& event, const JsonObject& data, const JsonObject& context)
    : event_(event), data_(data), context_(context), zone_(zone_in(context_)),
      value_(document_.hold(context_)) {}

bool SeenEvent::fires(const CompiledRule& rule, rules::Evaluator& evaluator) const {
    evaluator.set_zone(zone_);
    return is_triggered(rule) && rules::hold(rule.conditions, evaluator, value_);
}

bool SeenEvent::is_triggered(const CompiledRule& rule) const {
    if (rule.trigger_type() != high_value) return true;
    const double threshold =
        rules::threshold_of(rule.written_conditions, tenants_threshold(context_));
    return rules::rises_above(threshold, event_.type, data_);
}

std::vector<std::string> awaited_names(const Kind& kind, const StoredEvent& event,
                                       const JsonObject& data) {
    auto names = rules::trigger_names(kind, event.type, data);
    if (kind.name == "deal") names.emplace_back(high_value);
    return names;
}

} // namespace throughline
