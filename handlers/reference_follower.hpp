#pragma once
#include "bus/subscription.hpp"
#include "handlers/commands.hpp"

#include <atomic>
#include <chrono>
#include <vector>

namespace throughline {

/// What the follower asks of the lists and the log; projections answer it.
class ReferringRecords {
  public:
    virtual ~ReferringRecords() = default;
    /// Live records of a kind whose field holds that id, in the order of their ids: the first
    /// `limit` behind `after`.
    [[nodiscard]] virtual std::vector<Uuid> referring(const Uuid& tenant, const Kind& kind,
                                                      const Field& field, const Uuid& to,
                                                      const Uuid& after, std::size_t limit) = 0;
    /// The head of the log.
    [[nodiscard]] virtual std::int64_t head() = 0;
    /// Whether the kind's list has come to that position, within the time.
    [[nodiscard]] virtual bool wait_until_listed(const Kind& kind, std::int64_t position,
                                                 std::chrono::milliseconds limit) = 0;
    /// Events of one correlation behind a position, ascending.
    [[nodiscard]] virtual std::vector<StoredEvent> correlated(const Uuid& tenant,
                                                              const Uuid& correlation,
                                                              std::int64_t after,
                                                              std::size_t limit) = 0;
};

/// Lets references follow a merge: whatever referred to the merged record is changed, by events of
/// the merge's correlation, to refer to the survivor; and what was changed so is changed back when
/// the record is taken out again, unless somebody changed it since. A merge that is undone by the
/// time it is its turn moves nothing. What is restored follows the merges that it missed. Page by
/// page, so any number takes the same memory. Each change has a command id of its own, so doing it
/// again does nothing.
class ReferenceFollower : public Consumer {
  public:
    ReferenceFollower(EventStore& store, const RecordCommands& commands, const Registry& registry,
                      ReferringRecords& records)
        : store_(store), commands_(commands), registry_(registry), records_(records) {}
    static constexpr const char* own_name = "reference_follower";
    [[nodiscard]] std::string name() const override { return own_name; }
    [[nodiscard]] bool concerns(const StoredEvent& event) const override {
        return event.type.ends_with(".merged_into") || event.type.ends_with(".unmerged") ||
               event.type.ends_with(".restored");
    }
    void apply(pqxx::transaction_base& transaction, std::span<const StoredEvent> events) override;
    /// For the server's end: does not wait any more for lists, which perhaps nobody keeps up to
    /// date by then. Thread-safe.
    void begin_stop() { is_stopping_ = true; }

  private:
    struct Move;
    [[nodiscard]] bool wait_until_listed(const Kind& kind, std::int64_t position) const;
    void follow(pqxx::transaction_base& transaction, const StoredEvent& merged_into) const;
    void take_back(pqxx::transaction_base& transaction, const StoredEvent& unmerged) const;
    void catch_up(pqxx::transaction_base& transaction, const StoredEvent& restored) const;
    void catch_up(const StoredEvent& restored, const Kind& kind, const Field& field,
                  StreamHead target) const;
    void change(const std::vector<std::pair<Move, Uuid>>& records) const;

    EventStore& store_;
    const RecordCommands& commands_;
    const Registry& registry_;
    ReferringRecords& records_;
    std::atomic<bool> is_stopping_ = false;
};

} // namespace throughline
