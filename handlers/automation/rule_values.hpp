#pragma once
#include "domain/rules/actions.hpp"
#include "handlers/commands.hpp"

namespace throughline {

/// What a rule's actions say without a template, against the tenant's records as they are by now:
/// the choices of its fields, and that what is referred to is there. Thread-safe; blocks on the
/// database.
struct RuleValues {
    const RecordCommands& commands;
    const Registry& registry;
    EventStore& store;

    [[nodiscard]] std::vector<FieldError> faults(const Uuid& tenant,
                                                 const std::vector<rules::Action>& actions) const;
    /// Of a rule that is to be saved with these values. Actions that stay as they are were taken
    /// for good.
    [[nodiscard]] Result<void> check(const Uuid& tenant, const Record& before,
                                     const JsonObject& values) const;
};

} // namespace throughline
