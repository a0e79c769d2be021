#pragma once
#include "bus/event_store.hpp"
#include "domain/record/change.hpp"
#include "domain/result.hpp"

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

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
    std::optional<std::int64_t> if_match;    // version the caller saw
    const KnownNames* known_names = nullptr; // are not looked up again
};

/// A record after a command, and the command's place in the log.
struct Written {
    Uuid id;
    Record record;
    std::int64_t position = 0; // last event's; 0 where nothing changed
    bool replayed = false;     // the idempotency key was known: the stored outcome, refolded
    int status = 200;          // as first answered
};

/// The one command handler for records: load head states, look up references, decide, append,
/// and again on a conflict. Thread-safe; blocks until the outcome is durable.
class RecordCommands {
  public:
    RecordCommands(EventStore& store, const Registry& registry)
        : store_(store), registry_(registry) {}

    [[nodiscard]] Result<Written> create(const CommandContext& context, const Kind& kind,
                                         const Uuid& id, const Json& body);
    [[nodiscard]] Result<Written> update(const CommandContext& context, const Kind& kind,
                                         const Uuid& id, const Json& body);
    [[nodiscard]] Result<Written> remove(const CommandContext& context, const Kind& kind,
                                         const Uuid& id);
    [[nodiscard]] Result<Written> restore(const CommandContext& context, const Kind& kind,
                                          const Uuid& id);

    /// Begins a create and does not wait: for imports, which keep many under way. The future's
    /// outcome is the append's; a Conflict can only be a race for a record created by name, and
    /// `create` may be called again with the same context.
    struct Pending {
        Uuid id;
        std::future<Outcome> outcome;
    };
    [[nodiscard]] Result<Pending> begin_create(const CommandContext& context, const Kind& kind,
                                               const Uuid& id, const Json& body);
    [[nodiscard]] Result<Pending> begin_update(const CommandContext& context, const Kind& kind,
                                               const Uuid& id, const Json& body);

  private:
    struct Task;
    struct Decision;
    [[nodiscard]] Record load(const Uuid& tenant, const Kind& kind, const Uuid& id) const;
    [[nodiscard]] Rejection stale(const Uuid& tenant, const Kind& kind, const Uuid& id,
                                  const Record& record, std::int64_t seen) const;
    [[nodiscard]] Result<Written> replay(const CommandContext& context, const Kind& kind,
                                         const Uuid& id, const Committed& committed) const;
    [[nodiscard]] Result<Command> prepare(const Task& task, Record& record) const;
    [[nodiscard]] Result<Written> run(const Task& task) const;
    [[nodiscard]] Result<Pending> begin(const Task& task) const;
    [[nodiscard]] Result<Decision> decide_created(const CommandContext& context, const Kind& kind,
                                                  const Draft& draft, Time at) const;
    [[nodiscard]] Result<Decision> decide_updated(const CommandContext& context, const Kind& kind,
                                                  const Uuid& id, const Draft& draft,
                                                  const Record& record, Time at) const;

    EventStore& store_;
    const Registry& registry_;
    mutable std::array<std::mutex, 256> turns_; // of records, by hash
};

} // namespace throughline
