#pragma once
#include "bus/event_store.hpp"

#include <map>
#include <mutex>
#include <tuple>

namespace throughline {

/// The event store in memory, for tests. The clock of `recorded_at` and of expiry is the caller's.
class MemoryEventStore : public EventStore {
  public:
    using NowFunction = std::function<Time()>;
    MemoryEventStore();
    explicit MemoryEventStore(NowFunction now) : now_(std::move(now)) {}

    [[nodiscard]] PendingOutcome append(Command command) override;
    [[nodiscard]] std::vector<StreamHead> heads(const Uuid& tenant,
                                                std::span<const StreamKey> streams) override;
    [[nodiscard]] std::vector<StreamHead>
    heads_by_title(const Uuid& tenant, const std::string& kind, const std::string& title) override;
    [[nodiscard]] std::vector<std::optional<Uuid>>
    titled(const Uuid& tenant, const std::string& kind,
           std::span<const std::string> titles) override;
    [[nodiscard]] std::vector<StreamHead> heads_of_kind(const Uuid& tenant, const std::string& kind,
                                                        const Uuid& after,
                                                        std::size_t limit) override;
    [[nodiscard]] std::vector<StoredEvent> stream(const Uuid& tenant, const StreamKey& key,
                                                  std::int64_t after, std::int64_t up_to) override;
    [[nodiscard]] LogPage log(std::int64_t after, LogLimit limit, const LogFilter& filter) override;
    [[nodiscard]] std::int64_t head_position() override;
    [[nodiscard]] std::optional<StoredEvent> event(const Uuid& tenant, const Uuid& id) override;
    [[nodiscard]] std::vector<std::optional<Committed>>
    outcomes(const Uuid& tenant, std::span<const Uuid> commands) override;

  private:
    struct Known {
        Committed outcome;
        bool expires = false;
        Time recorded_at{};
    };
    [[nodiscard]] Outcome decide(const Command& command);
    [[nodiscard]] Committed store(const Command& command);
    [[nodiscard]] const Known* known(const Uuid& tenant, const Uuid& command) const;
    [[nodiscard]] std::int64_t version_of(const Uuid& tenant, const StreamKey& key) const;

    const NowFunction now_;
    std::mutex mutex_;
    std::vector<StoredEvent> events_;
    std::map<std::tuple<Uuid, StreamKey>, StreamHead> streams_;
    std::map<std::tuple<Uuid, Uuid>, Known> commands_;
};

} // namespace throughline
