#pragma once
#include "bus/database.hpp"
#include "bus/event.hpp"
#include "domain/record/undo.hpp"
#include "handlers/commands.hpp"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace throughline {

/// What is to be undone: the event at a position, or all events of a correlation id (a command, a
/// bulk edit, an import, a merge, an undo).
struct UndoTarget {
    std::optional<std::int64_t> position;
    std::optional<Uuid> correlation;

    [[nodiscard]] bool covers(const StoredEvent& event) const {
        return position ? event.position == *position : event.origin.correlation_id == correlation;
    }
};

/// A record that the undo changes, or would if nothing were in conflict.
struct PlannedUndo {
    std::shared_ptr<const Kind> kind; // as the tenant has it
    Uuid id;
    Record record; // as it is
    UndoPlan plan;
    Uuid cause; // the last undone event of the record
};

/// Plans an undo, some records at a time, with the rights of its caller: those below manager undo
/// what they did themselves, and nobody by an undo what they may not do without it.
class UndoPlanner {
  public:
    UndoPlanner(EventStore& store, const RecordCommands& commands, Database& app,
                const Registry& registry, const CommandContext& context, const UndoTarget& target)
        : store_(store), commands_(commands), app_(app), registry_(registry), context_(context),
          target_(target) {}

    /// As the log stands at a position. Records that need no change are left out. What was merged
    /// since is referred to by what stands for it now.
    [[nodiscard]] Result<std::vector<PlannedUndo>> plan(std::span<const StreamKey> records,
                                                        std::int64_t at) const;

  private:
    struct Folded;
    using Kinds = std::map<std::string, std::shared_ptr<const Kind>>;
    [[nodiscard]] Kinds kinds_of(std::span<const StreamKey> records) const;
    [[nodiscard]] std::vector<Folded> fold(std::span<const StreamKey> records,
                                           std::int64_t at) const;
    [[nodiscard]] std::optional<Rejection> denied(const PlannedUndo& planned) const;
    [[nodiscard]] bool is_own(const StoredEvent& event) const;

    EventStore& store_;
    const RecordCommands& commands_;
    Database& app_;
    const Registry& registry_;
    const CommandContext& context_;
    const UndoTarget& target_;
};

/// 404, also where the change is hidden from the caller.
[[nodiscard]] Rejection no_such_change();

} // namespace throughline
