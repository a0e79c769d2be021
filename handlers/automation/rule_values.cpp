#include "handlers/automation/rule_values.hpp"

#include "domain/record/value.hpp"
#include "domain/rules/fixed_values.hpp"
#include "handlers/references.hpp"

namespace throughline {

std::vector<FieldError> RuleValues::faults(const Uuid& tenant,
                                           const std::vector<rules::Action>& actions) const {
    std::vector<Kind> kinds;
    for (const Kind& kind : registry.kinds()) kinds.push_back(*commands.declared(tenant, kind));
    const Registry declared(std::move(kinds));
    std::vector<FieldError> found = rules::value_faults(actions, declared);
    CommandContext context;
    context.tenant = tenant;
    context.caller = Caller::system();
    const ReferenceResolver resolver(store, registry);
    // Member by member, so that what is wrong with one of them hides nothing.
    for (const rules::FixedValues& fixed : rules::fixed_values(actions, declared))
        for (const auto& [name, value] : fixed.members) {
            const auto draft = check_update(*fixed.kind, JsonObject{{name, value}});
            if (!draft) continue;
            const auto resolved = resolver.resolve(context, {}, *fixed.kind, *draft, {});
            if (resolved) continue;
            const Rejection refused = resolved.error();
            for (const FieldError& error : refused.errors)
                add_fault(found, fixed.pointer + error.where, error.code, error.detail);
        }
    return found;
}

Result<void> RuleValues::check(const Uuid& tenant, const Record& before,
                               const JsonObject& values) const {
    const Json* const actions = values.find("actions");
    const Json* const kept = before.fields.find("actions");
    if (actions == nullptr || (kept != nullptr && *kept == *actions)) return {};
    const auto checked = rules::check_actions(*actions);
    if (!checked) return checked.error();
    auto found = faults(tenant, *checked);
    if (!found.empty()) return invalid(std::move(found));
    return {};
}

} // namespace throughline
