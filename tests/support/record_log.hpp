#pragma once
#include "handlers/custom_fields.hpp"
#include "handlers/merges.hpp"
#include "tests/support/private_postgres.hpp"
#include "tests/support/test_log.hpp"

#include <string>

namespace throughline {

/// Records of a tenant on a real log, and what changes and merges them.
struct RecordLog {
    TestDatabase database;
    TestLog log{database.url()};
    Registry registry = standard_registry();
    const Kind& contacts = *registry.find("contact");
    TenantKinds kinds{log.store, registry};
    RecordCommands commands{log.store, registry, &kinds};
    CustomFields custom_fields{log.store, commands, registry, kinds};
    Merges merges{log.store, commands};

    /// A command of somebody's in that role.
    [[nodiscard]] CommandContext context(const Uuid& user = new_id(),
                                         const std::string& role = "owner") const {
        CommandContext context;
        context.tenant = log.tenant;
        context.caller = {user, level_of(role), false};
        context.command_id = new_id();
        context.origin.actor_id = user;
        context.origin.actor_type = context.origin.channel = "user";
        context.origin.correlation_id = context.command_id;
        return context;
    }
    /// An owner's command that is a part of something larger.
    [[nodiscard]] CommandContext part_of(const Uuid& correlation,
                                         const Uuid& user = new_id()) const {
        CommandContext given = context(user);
        given.origin.correlation_id = correlation;
        return given;
    }
    Uuid create(const Kind& kind, JsonObject fields) {
        return finish(commands.create(context(), kind, new_id(), Json(std::move(fields))))
            .value()
            .id;
    }
    /// Has records of a kind refer to those of another in a field of the tenant's own.
    void add_reference(const Kind& kind, const std::string& key, const std::string& target) {
        const Json field = JsonObject{{"key", key}, {"type", "reference"}, {"target", target}};
        (void)custom_fields.add(context(), kind, field).value();
    }
};

} // namespace throughline
