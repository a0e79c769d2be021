#pragma once
#include "handlers/commands.hpp"

#include <optional>
#include <vector>

namespace throughline {

inline constexpr std::size_t max_bulk_records = 10'000;

/// One change of many records of a kind.
struct BulkChange {
    enum class Action { update, remove, restore };
    Action action = Action::update;
    std::vector<Uuid> ids; // distinct
    Json changes;          // of an update, as PATCH takes them
    bool dry_run = false;
};

/// What became of a record, or would.
struct BulkResult {
    enum class Fate { succeeded, unchanged, failed };
    Uuid id;
    Fate fate = Fate::failed;
    std::int64_t version = 0; // after it; of one that failed 0
    std::optional<Rejection> error;
};

struct BulkOutcome {
    std::vector<BulkResult> results; // in the order of the ids
    std::int64_t position = 0;       // of the last event, or the log's head where there is none
    bool replayed = false;           // the idempotency key was known: nothing was written now
};

/// Changes many records, each decided for itself as if it were asked for alone. Commands are under
/// way together. Thread-safe.
class BulkChanges {
  public:
    BulkChanges(EventStore& store, const RecordCommands& commands)
        : store_(store), commands_(commands) {}

    /// `context` is that of the whole: its id is the correlation of all, and where it came with an
    /// Idempotency-Key each record's command has an id of its own derived from it, so that the
    /// same request again writes nothing twice. Blocks until all is known.
    [[nodiscard]] BulkOutcome run(const CommandContext& context, const Kind& kind,
                                  const BulkChange& change) const;

  private:
    EventStore& store_;
    const RecordCommands& commands_;
};

} // namespace throughline
