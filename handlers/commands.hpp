#pragma once
#include "bus/event_store.hpp"
#include "domain/record/change.hpp"
#include "domain/result.hpp"
#include "handlers/record_turns.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// Ids of live records of a kind by case folded name, looked up just before by the caller of many
/// commands.
using KnownNames = std::map<std::pair<std::string, std::string>, Uuid>;

/// What the caller of a command brings besides its body.
struct CommandContext {
    Uuid tenant;
    Origin origin;            // correlation_id nil: the command's own id
    Uuid command_id;          // new_id(), or derived from an Idempotency-Key or import row
    std::string request_hash; // with an Idempotency-Key
    std::optional<std::vector<std::int64_t>> if_match; // versions the caller takes; unset: any
    const KnownNames* known_names = nullptr; // are not looked up; as long as the command begins
};

/// A record after a command, and the command's place in the log.
struct Written {
    Uuid id;
    Record record;
    std::int64_t position = 0; // last event's; where nothing changed, the log's head by then
    bool replayed = false;     // the idempotency key was known: the stored outcome, refolded
    int status = 200;          // as first answered
};

class RecordCommands;
struct RecordTask;     // what is asked of which record
struct RecordDecision; // what it leads to

/// A command on its way to the log.
class PendingWrite {
  public:
    [[nodiscard]] const Uuid& id() const { return id_; }
    /// Not valid where nothing is written: `finish` does not wait then.
    [[nodiscard]] const PendingOutcome& outcome() const { return outcome_; }
    /// Waits for the outcome. After a conflict the command is decided again, up to five times, and
    /// waited for. Call once.
    [[nodiscard]] Result<Written> finish();

  private:
    friend class RecordCommands;
    PendingWrite(const RecordCommands& commands, RecordTask task);

    const RecordCommands* commands_;
    std::shared_ptr<RecordTask> task_;
    Uuid id_;
    Record record_; // after the command
    PendingOutcome outcome_;
    std::optional<Written> done_;
};

/// Waits for what was begun.
[[nodiscard]] Result<Written> finish(Result<PendingWrite> begun);

/// The one command handler for records: look at the head state, look up references, decide, append.
/// Each command returns once it is under way, and blocks for what it reads alone; `finish` gives
/// what was written. Thread-safe.
class RecordCommands {
  public:
    RecordCommands(EventStore& store, const Registry& registry)
        : store_(store), registry_(registry) {}

    [[nodiscard]] Result<PendingWrite> create(const CommandContext& context, const Kind& kind,
                                              const Uuid& id, const Json& body) const;
    [[nodiscard]] Result<PendingWrite> update(const CommandContext& context, const Kind& kind,
                                              const Uuid& id, const Json& body) const;
    [[nodiscard]] Result<PendingWrite> remove(const CommandContext& context, const Kind& kind,
                                              const Uuid& id) const;
    [[nodiscard]] Result<PendingWrite> restore(const CommandContext& context, const Kind& kind,
                                               const Uuid& id) const;

  private:
    friend class PendingWrite;
    [[nodiscard]] Record load(const Uuid& tenant, const Kind& kind, const Uuid& id) const;
    [[nodiscard]] Rejection stale(const RecordTask& task, const Record& record) const;
    [[nodiscard]] Result<Written> replay(const RecordTask& task, const Committed& committed) const;
    [[nodiscard]] Result<Command> prepare(const RecordTask& task, Record& record) const;
    [[nodiscard]] Result<PendingWrite> begin(RecordTask task) const;
    [[nodiscard]] std::optional<Rejection> append(PendingWrite& write) const;
    [[nodiscard]] Result<RecordDecision> decide_created(const CommandContext& context,
                                                        const Kind& kind, const Draft& draft,
                                                        Time at) const;
    [[nodiscard]] Result<RecordDecision> decide_updated(const CommandContext& context,
                                                        const Kind& kind, const Uuid& id,
                                                        const Draft& draft, const Record& record,
                                                        Time at) const;

    EventStore& store_;
    const Registry& registry_;
    mutable RecordTurns turns_;
};

} // namespace throughline
