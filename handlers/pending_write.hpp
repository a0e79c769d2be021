#pragma once
#include "bus/event_store.hpp"
#include "domain/identity/caller.hpp"
#include "domain/record/change.hpp"
#include "domain/result.hpp"
#include "handlers/record_turns.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace throughline {

/// Ids of live records of a kind by case folded name, looked up just before by the caller of many
/// commands.
using KnownNames = std::map<std::pair<std::string, std::string>, Uuid>;

/// What the caller of a command brings besides its body.
struct CommandContext {
    Uuid tenant;
    Origin origin;            // correlation_id nil: the command's own id
    Caller caller;            // with whose rights
    Uuid owner;               // whose a new record is, unless it says otherwise; nil: the actor's
    Uuid command_id;          // new_id(), or derived from an Idempotency-Key or import row
    std::string request_hash; // with an Idempotency-Key
    std::optional<std::vector<std::int64_t>> if_match; // versions the caller takes; unset: any
    const KnownNames* known_names = nullptr; // are not looked up; as long as the command begins
    bool dry_run = false;      // decides, and writes nothing: what comes of it is as it would be
    bool guesses_names = true; // of several that have a name, the first is meant; false: none is

    [[nodiscard]] Uuid creator() const { return owner.is_nil() ? origin.actor_id : owner; }
};

/// A record after a command, and the command's place in the log.
struct Written {
    Uuid id;
    Record record;
    std::int64_t position = 0; // last event's; where nothing changed, the log's head by then
    bool replayed = false;     // the idempotency key was known: the stored outcome, refolded
    int status = 200;          // as first answered
    bool changed = true;       // whether there is an event of it
};

class RecordCommands;
struct RecordTask; // what is asked of which record

/// A command on its way to the log: it waits for its turn among the changes of its record, decides
/// and appends, and waits for the outcome. After a conflict it goes that way again, up to five
/// times in all. Used by one thread at a time.
class PendingWrite {
  public:
    [[nodiscard]] const Uuid& id() const { return id_; }
    /// Once it was begun. Not valid where nothing is written: `finish` does not wait then.
    [[nodiscard]] const PendingOutcome& outcome() const { return outcome_; }

    /// Calls back once `proceed` need not wait for others: now, or from any thread, so the callback
    /// must not block.
    void on_ready(std::function<void()> callback) const;
    /// The next step. Nothing where there is another one to come.
    [[nodiscard]] std::optional<Result<Written>> proceed();
    /// Waits for its turn, unless it had it, and appends. The refusal, where that is what comes.
    [[nodiscard]] std::optional<Rejection> begin();
    /// Waits for all that is left to do. Call once.
    [[nodiscard]] Result<Written> finish();

  private:
    friend class RecordCommands;
    PendingWrite(const RecordCommands& commands, RecordTask task);
    [[nodiscard]] std::optional<Rejection> ask_for_turn();
    [[nodiscard]] std::optional<Rejection> refused(const Rejection& rejection);
    [[nodiscard]] Result<Written> told_again(const Committed& committed) const;

    const RecordCommands* commands_;
    std::shared_ptr<RecordTask> task_;
    Uuid id_;
    Pending<RecordTurns::Turn> turn_; // valid while it waits for that
    Record record_;                   // after the command
    PendingOutcome outcome_;
    std::optional<Written> done_;
    int attempts_ = 0;
};

/// Waits for what was begun.
[[nodiscard]] Result<Written> finish(Result<PendingWrite> begun);

} // namespace throughline
