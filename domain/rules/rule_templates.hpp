#pragma once
#include "domain/json.hpp"

#include <span>
#include <string_view>

namespace throughline::rules {

/// A rule to begin with (GET /automations/templates): what it is called by, and the rule as a body
/// that would make it, with name, description, trigger, conditions and actions.
struct RuleTemplate {
    std::string_view key;  // "new_lead_welcome"
    std::string_view rule; // a JSON object
};

[[nodiscard]] std::span<const RuleTemplate> rule_templates();
/// nullptr where there is none.
[[nodiscard]] const RuleTemplate* find_rule_template(std::string_view key);

} // namespace throughline::rules
