#pragma once
#include "api/router.hpp"
#include "api/routes/rule_answers.hpp"
#include "handlers/automation/rule_values.hpp"
#include "handlers/identity/tenants.hpp"

namespace throughline {

/// `/automation/triggers` and `/automation/rules`: automation rules in the module form. They are
/// the rules of `/automations`.
struct ModuleRuleRoutes {
    RuleValues values;
    Lists& lists;
    const Tenants& tenants;
    RuleAnswers answers;

    [[nodiscard]] Routes rows() const;
};

/// Of a query or a body.
[[nodiscard]] Json module_type_schema();
[[nodiscard]] JsonObject module_rule_components();

} // namespace throughline
