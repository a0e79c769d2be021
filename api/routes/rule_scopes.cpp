#include "api/routes/rule_scopes.hpp"

#include "domain/identity/api_key.hpp"
#include "domain/rules/action_checks.hpp"

namespace throughline {

namespace {

Rejection out_of_scope(Permission missing, const std::string& scope) {
    Rejection rejection = forbidden(missing);
    rejection.detail = "The rule needs the scope " + scope + ", which this API key does not have.";
    return rejection;
}

bool only_switches_off(const JsonObject& values) {
    const Json* const enabled = values.find("enabled");
    return values.size() == 1 && enabled != nullptr && *enabled == Json(false);
}

} // namespace

std::optional<Rejection> fault_of_reach(const Principal& caller, const Registry& registry,
                                        const JsonObject& rule) {
    if (caller.scopes.empty()) return std::nullopt;
    for (const Kind& kind : registry.kinds())
        if (!is_in_scope(caller.scopes, "GET", kind.plural))
            return out_of_scope(Permission::records_read, kind.plural + ":read");
    const auto checked = rules::check_actions(value_of(rule, "actions"));
    if (!checked) return checked.error();
    for (const Kind* const kind : rules::kinds_written(*checked, registry))
        if (!is_in_scope(caller.scopes, "POST", kind->plural))
            return out_of_scope(Permission::records_change, kind->plural + ":write");
    return std::nullopt;
}

Companion within_scopes(const Principal& caller, const Registry& registry) {
    if (caller.scopes.empty()) return {};
    return [caller, &registry](const Record& record, const JsonObject& values,
                               Time) -> Result<std::vector<StreamWrite>> {
        if (only_switches_off(values)) return std::vector<StreamWrite>{};
        JsonObject rule = record.fields;
        for (const JsonMember& value : values) rule.set(value.name, value.value);
        if (auto fault = fault_of_reach(caller, registry, rule)) return std::move(*fault);
        return std::vector<StreamWrite>{};
    };
}

Companion checked_rule(const Principal& caller, const RuleValues& values) {
    return [&caller, values, reach = within_scopes(caller, values.registry)](
               const Record& record, const JsonObject& written,
               Time at) -> Result<std::vector<StreamWrite>> {
        if (reach)
            if (const auto reached = reach(record, written, at); !reached) return reached.error();
        if (const auto checked = values.check(caller.tenant_id, record, written); !checked)
            return checked.error();
        return std::vector<StreamWrite>{};
    };
}

} // namespace throughline
