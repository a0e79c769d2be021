#pragma once
#include "domain/id.hpp"
#include "domain/record/change.hpp"
#include "domain/rules/actions.hpp"
#include "domain/rules/conditions.hpp"

#include <memory>
#include <string>
#include <vector>

namespace throughline {

/// A version of a rule, ready to be asked.
struct CompiledRule {
    Uuid tenant;
    Uuid id;
    std::int64_t version = 0;
    std::string name;
    Uuid owner;
    bool is_enabled = false;
    bool is_shadow = false;
    Json trigger;
    Json written_conditions;
    rules::Conditions conditions;
    std::vector<rules::Action> actions;

    /// "contact.created" of an event, else "cron", "webhook", "manual".
    [[nodiscard]] std::string trigger_type() const;
};
using RulePtr = std::shared_ptr<const CompiledRule>;

/// From the record's fields, without conditions and actions: nothing that can be asked or done.
[[nodiscard]] CompiledRule described_rule(const Uuid& tenant, const Uuid& id, const Record& record);
/// From the record's fields. Throws where the rule is not of the form that we save.
[[nodiscard]] RulePtr compile_rule(const Uuid& tenant, const Uuid& id, const Record& record);

} // namespace throughline
