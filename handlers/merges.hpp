#pragma once
#include "domain/record/merging.hpp"
#include "handlers/commands.hpp"

namespace throughline {

inline constexpr std::size_t most_merged_at_once = 100;

/// Merging records of a kind into one of them, and taking one out again. As RecordCommands
/// otherwise: thread-safe, returns once the command is under way.
class Merges {
  public:
    Merges(EventStore& store, const RecordCommands& commands)
        : store_(store), commands_(commands) {}

    /// `{"into", "from": [ids], "fields": {"phone": "<id to take it from>"}}`; what is written is
    /// the survivor. The others are archived in the same command and lead to it.
    [[nodiscard]] Result<PendingWrite> merge(const CommandContext& context, const Kind& kind,
                                             const Json& body) const;
    /// `{"id"}`: that record becomes live again, and `survivor` what it would be without it.
    [[nodiscard]] Result<PendingWrite> unmerge(const CommandContext& context, const Kind& kind,
                                               const Uuid& survivor, const Json& body) const;

    /// What either would write, without writing it.
    [[nodiscard]] Result<RecordDecision> would_merge(const CommandContext& context,
                                                     const Kind& kind, const Json& body) const;
    [[nodiscard]] Result<RecordDecision> would_unmerge(const CommandContext& context,
                                                       const Kind& kind, const Uuid& survivor,
                                                       const Uuid& out) const;

    /// The data of a survivor's `unmerged` event, given what an unmerge wrote.
    [[nodiscard]] JsonObject unmerged(const Uuid& tenant, const Kind& kind,
                                      const Written& survivor) const;

  private:
    struct Wanted;
    [[nodiscard]] Record live(const Uuid& tenant, const Kind& kind, const Uuid& id) const;
    [[nodiscard]] Result<RecordDecision> decide(const CommandContext& context, const Kind& kind,
                                                const Wanted& wanted, const Record& survivor,
                                                Time at) const;
    [[nodiscard]] Result<RecordDecision> decide_out(const CommandContext& context, const Kind& kind,
                                                    const Uuid& survivor, const Uuid& out,
                                                    const Record& record, Time at) const;

    EventStore& store_;
    const RecordCommands& commands_;
};

} // namespace throughline
