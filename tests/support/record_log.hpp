#pragma once
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
    RecordCommands commands{log.store, registry};
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
};

} // namespace throughline
