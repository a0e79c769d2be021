#pragma once
#include "bus/ids.hpp"
#include "handlers/commands.hpp"

namespace throughline {

/// A tenant and its owner, who gives commands without a server between.
struct Ownership {
    Uuid tenant = new_id();
    Uuid member = new_id();

    [[nodiscard]] CommandContext context() const {
        CommandContext result;
        result.tenant = tenant;
        result.command_id = new_id();
        result.caller = Caller{member, level_of("owner")};
        result.origin.actor_id = member;
        result.origin.actor_type = result.origin.channel = "user";
        return result;
    }
};

} // namespace throughline
