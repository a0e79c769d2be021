#pragma once
#include "bus/log_index.hpp"
#include "handlers/undo_plan.hpp"

#include <vector>

namespace throughline {

struct UndoRequest {
    UndoTarget target;
    bool dry_run = false;
    bool skips_conflicts = false; // else nothing is done where there is one
};

/// What an undo changes, or would. Lists are cut at a few megabytes, numbers are not.
struct UndoReport {
    struct Change {
        StreamKey record;
        Json before;
        Json after;
    };
    struct Conflict {
        StreamKey record;
        UndoConflict conflict;
    };
    Uuid correlation_id; // of the events it appends; nil where it is a dry run
    std::vector<Change> changes;
    std::vector<Conflict> conflicts;
    std::int64_t applied = 0;  // records changed
    bool truncated = false;    // there are more changes or conflicts than these
    bool is_refused = false;   // because of conflicts
    bool is_replayed = false;  // the idempotency key was known
    std::int64_t position = 0; // of the last event, or the head where there was none
};

/// Undo by compensating events: updates back to the values before, created records deleted, deleted
/// ones restored, all under one new correlation id, by which the undo can be undone.
///
/// Up to a hundred records are changed by one command, all or nothing. More are changed a hundred
/// at a time: what somebody changes meanwhile is in conflict, never overwritten. Repeating an undo
/// goes on where it ended. Blocks on the database; thread-safe.
class Undo {
  public:
    Undo(EventStore& store, const RecordCommands& commands, Database& app, LogIndex& index,
         const Registry& registry)
        : store_(store), commands_(commands), app_(app), index_(index), registry_(registry) {}

    [[nodiscard]] Result<UndoReport> run(const CommandContext& context,
                                         const UndoRequest& request) const;

  private:
    class Run;
    [[nodiscard]] std::vector<StreamKey> streams_of(const Uuid& tenant,
                                                    const UndoTarget& target) const;
    [[nodiscard]] bool is_record(const StreamKey& stream) const {
        return registry_.find(stream.kind) != nullptr;
    }

    EventStore& store_;
    const RecordCommands& commands_;
    Database& app_;
    LogIndex& index_;
    const Registry& registry_;
};

} // namespace throughline
