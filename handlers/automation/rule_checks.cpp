#include "handlers/automation/rule_checks.hpp"

#include "domain/automation.hpp"
#include "domain/record/change.hpp"
#include "domain/rules/cron.hpp"
#include "handlers/time_zones.hpp"

namespace throughline {

namespace {

void check_zone(const std::string& name, const std::string& pointer,
                std::vector<FieldError>& errors) {
    if (!name.empty() && !is_time_zone(name))
        errors.push_back(
            {pointer, "invalid_choice", "No time zone of the tz database has this name."});
}

void check_zones(const Json& body, std::vector<FieldError>& errors) {
    const Json* const trigger = body.find("trigger");
    if (trigger == nullptr || trigger->text("type") != "cron") return;
    check_zone(trigger->text("timezone"), "/trigger/timezone", errors);
    const auto cron = rules::Cron::parse(trigger->text("cron"));
    if (cron) check_zone(cron->zone_name(), "/trigger/cron", errors);
}

/// Null stands for nothing here: a rule is enabled or not, live or not.
void check_set(const Json& body, std::vector<FieldError>& errors) {
    for (const auto* const name : {"enabled", "mode"})
        if (const Json* const value = body.find(name); value != nullptr && value->is_null())
            errors.push_back({std::string("/") + name, "required", "It cannot be cleared."});
}

Result<void> checked(const Result<Draft>& draft, const Json& body) {
    std::vector<FieldError> errors;
    if (!draft) errors = Rejection(draft.error()).errors;
    check_set(body, errors);
    check_zones(body, errors);
    if (!errors.empty()) return invalid(std::move(errors));
    return {};
}

const Kind& kind() {
    static const Kind rule = automation_kind();
    return rule;
}

} // namespace

Result<void> check_new_rule(const Json& body) { return checked(check_create(kind(), body), body); }

Result<void> check_rule_change(const Json& body) {
    return checked(check_update(kind(), body), body);
}

} // namespace throughline
