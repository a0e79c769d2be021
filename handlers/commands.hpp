#pragma once
#include "handlers/record_task.hpp"
#include "handlers/tenant_kinds.hpp"

namespace throughline {

/// What a change takes along in its command, given the record before it, the values to come and
/// the command's time: writes to other streams, or why it may not be. Asked again whenever the
/// change is decided again, and not at all where nothing changes.
using Companion = std::function<Result<std::vector<StreamWrite>>(
    const Record& record, const JsonObject& values, Time at)>;

/// The values of a change, made from the record as it stands and the command's time. They are
/// final: the kind's `settle` is the caller's to ask.
using Change = std::function<Result<JsonObject>(const Record& record, Time at)>;

/// The one command handler for records: look at the head state, look up references, decide, append.
/// Each command returns once it is under way or waits for its turn, and blocks for what it reads
/// alone; `finish` gives what was written. Thread-safe.
class RecordCommands {
  public:
    /// Without `kinds` every tenant has the kinds as they are declared.
    RecordCommands(EventStore& store, const Registry& registry, TenantKinds* kinds = nullptr)
        : store_(store), registry_(registry), kinds_(kinds) {}

    /// For the server's end: what waits for its turn is unavailable now, and so is what comes
    /// later. Nobody is called back after that, but by the log.
    void begin_stop() { turns_.stop(); }

    /// The kind as the tenant has it. One that is not the registry's comes back as it is.
    [[nodiscard]] std::shared_ptr<const Kind> declared(const Uuid& tenant, const Kind& kind) const;

    [[nodiscard]] Result<PendingWrite> create(const CommandContext& context, const Kind& kind,
                                              const Uuid& id, const Json& body,
                                              const Companion& companion = {}) const;
    [[nodiscard]] Result<PendingWrite> update(const CommandContext& context, const Kind& kind,
                                              const Uuid& id, const Json& body,
                                              const Companion& companion = {}) const;
    [[nodiscard]] Result<PendingWrite> remove(const CommandContext& context, const Kind& kind,
                                              const Uuid& id) const;
    [[nodiscard]] Result<PendingWrite> restore(const CommandContext& context, const Kind& kind,
                                               const Uuid& id) const;

    /// A change of a live record that depends on how it stands, for who may change it.
    [[nodiscard]] Result<PendingWrite> change(const CommandContext& context, const Kind& kind,
                                              const Uuid& id, const Change& values) const;
    /// The same where other records are written along with it.
    [[nodiscard]] Result<PendingWrite>
    decide(const CommandContext& context, const Kind& kind, const Uuid& id, const Decide& decide,
           Permission permission = Permission::records_change) const;

    /// Whether an update would get as far as its body.
    [[nodiscard]] Result<void> allows_update(const CommandContext& context, const Kind& kind,
                                             const Uuid& id) const;

  private:
    friend class PendingWrite;
    [[nodiscard]] Record load(const Uuid& tenant, const Kind& kind, const Uuid& id) const;
    [[nodiscard]] Result<Written> replay(const RecordTask& task, const Committed& committed) const;
    [[nodiscard]] std::optional<Result<Written>> known(const RecordTask& task) const;
    [[nodiscard]] Result<Record> find(const RecordTask& task) const;
    [[nodiscard]] Result<Command> prepare(const RecordTask& task, Record& record) const;
    [[nodiscard]] Result<PendingWrite> begin(RecordTask task) const;
    [[nodiscard]] Result<Draft> checked_create(const CommandContext& context, const Kind& kind,
                                               const Uuid& id, const Json& body) const;
    [[nodiscard]] Result<Draft> checked_update(const CommandContext& context, const Kind& kind,
                                               const Uuid& id, const Json& body) const;
    [[nodiscard]] Result<RecordDecision> decide_created(const CommandContext& context,
                                                        const Kind& kind, const Draft& draft,
                                                        Time at) const;
    [[nodiscard]] Result<RecordDecision> decide_updated(const CommandContext& context,
                                                        const Kind& kind, const Uuid& id,
                                                        const Draft& draft, const Record& record,
                                                        Time at) const;

    EventStore& store_;
    const Registry& registry_;
    TenantKinds* kinds_;
    mutable RecordTurns turns_;
};

/// Why a record at this version is not changed: the caller's If-Match takes others.
[[nodiscard]] std::optional<Rejection> check_version(EventStore& store,
                                                     const CommandContext& context,
                                                     const StreamKey& record, std::int64_t version);

} // namespace throughline
