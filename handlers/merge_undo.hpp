#pragma once
#include "bus/log_index.hpp"
#include "handlers/merges.hpp"
#include "handlers/undo.hpp"

#include <initializer_list>
#include <optional>

namespace throughline {

/// Undo of merges, which no change of fields takes back: a merge is undone by taking the merged
/// records out again, and that by merging them once more, from whom fields were taken as before.
/// References follow by themselves (ReferenceFollower). Blocks on the database; thread-safe.
class MergeUndo {
  public:
    MergeUndo(EventStore& store, const Merges& merges, const Registry& registry, LogIndex& index)
        : store_(store), merges_(merges), registry_(registry), index_(index) {}

    /// Nothing where what is to be undone is no merge, nor what took one back. What somebody
    /// changed since a merge is in conflict with its undo; passed over, it stays as it is.
    [[nodiscard]] std::optional<Result<UndoReport>> run(const CommandContext& context,
                                                        const UndoRequest& request) const;

  private:
    /// One record that was merged into another, or was taken out of it.
    struct Step {
        const Kind* kind;
        Uuid survivor;
        Uuid other;
        bool was_merged;
        JsonObject chosen; // of the merge
        Uuid cause;
    };
    /// The events of a correlation whose types end so: few, whatever followed them.
    [[nodiscard]] std::vector<StoredEvent>
    correlated(const Uuid& tenant, const Uuid& correlation,
               std::initializer_list<const char*> endings) const;
    [[nodiscard]] std::vector<StoredEvent> events_of(const Uuid& tenant,
                                                     const UndoTarget& target) const;
    [[nodiscard]] std::vector<Step> steps_of(const Uuid& tenant, const UndoTarget& target) const;
    [[nodiscard]] bool is_back(const Uuid& tenant, const Step& step) const;
    [[nodiscard]] Result<void> survey(const CommandContext& context, const Step& step,
                                      UndoReport& report) const;
    [[nodiscard]] UndoConflict later_change(const Uuid& tenant, const StreamKey& stream,
                                            const std::string& field) const;
    void list(const Uuid& tenant, const Uuid& correlation, UndoReport& report) const;
    /// The report of an undo whose key is known.
    [[nodiscard]] UndoReport told_again(const CommandContext& context,
                                        const Committed& known) const;
    [[nodiscard]] Result<Written> take_back(const CommandContext& context, const Step& step) const;

    EventStore& store_;
    const Merges& merges_;
    const Registry& registry_;
    LogIndex& index_;
};

} // namespace throughline
