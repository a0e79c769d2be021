#include "handlers/automation/compiled_rule.hpp"

#include "domain/automation.hpp"

#include <limits>

namespace throughline {

std::string CompiledRule::trigger_type() const {
    const std::string type = trigger.text("type");
    return type == "event" ? trigger.text("event") : type;
}

CompiledRule described_rule(const Uuid& tenant, const Uuid& id, const Record& record) {
    CompiledRule rule;
    const Json fields(record.fields);
    rule.tenant = tenant;
    rule.id = id;
    rule.version = record.version;
    rule.name = fields.text("name");
    rule.owner = parse_uuid(fields.text("owner_id")).value_or(Uuid{});
    rule.is_enabled = !record.deleted && value_of(record.fields, "enabled") == Json(true);
    rule.is_shadow = fields.text("mode") == "shadow";
    rule.trigger = written_trigger(value_of(record.fields, "trigger"));
    rule.written_conditions = value_of(record.fields, "conditions");
    return rule;
}

RulePtr compile_rule(const Uuid& tenant, const Uuid& id, const Record& record) {
    auto rule = std::make_shared<CompiledRule>(described_rule(tenant, id, record));
    // Bounds are for what is saved: what was saved before there were any runs on.
    const rules::PatternRoom room{std::numeric_limits<std::size_t>::max(),
                                  std::numeric_limits<int>::max()};
    rule->conditions =
        rules::compile_conditions(rule->written_conditions, "/conditions", room).value();
    rule->actions = rules::check_actions(value_of(record.fields, "actions")).value();
    return rule;
}

} // namespace throughline
