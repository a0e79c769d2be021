#pragma once
#include "handlers/commands.hpp"

#include <string>

namespace throughline {

/// What is done to deals beyond changing their fields. As RecordCommands otherwise: thread-safe,
/// returns once the command is under way.
class Deals {
  public:
    Deals(EventStore& store, const RecordCommands& commands, const Registry& registry)
        : store_(store), commands_(commands), kind_(*registry.find("deal")) {}

    /// Refused (conflict) where the deal is lost. `value` replaces the deal's, null keeps it.
    [[nodiscard]] Result<PendingWrite> win(const CommandContext& context, const Uuid& id,
                                           const Json& value) const;
    /// Refused (conflict) where the deal is won.
    [[nodiscard]] Result<PendingWrite> lose(const CommandContext& context, const Uuid& id,
                                            const Json& reason) const;
    /// Back to the last stage before it was closed that the pipeline still has, else to that of a
    /// new deal. Refused (conflict) where it is open, or the pipeline has no open stage.
    [[nodiscard]] Result<PendingWrite> reopen(const CommandContext& context, const Uuid& id) const;

  private:
    EventStore& store_;
    const RecordCommands& commands_;
    const Kind& kind_;
};

} // namespace throughline
