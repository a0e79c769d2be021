#pragma once
#include "bus/appender.hpp"
#include "bus/database.hpp"

namespace throughline {

/// The log of schemas/sql. A tenant's reads run under row-level security (`app`); only the log of
/// all tenants is read as `system`.
class PostgresEventStore : public EventStore {
  public:
    PostgresEventStore(Database& app, Database& system, Appender& appender)
        : app_(app), system_(system), appender_(appender) {}

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

    /// Forgets client commands older than 24 hours, at most `at_most`. Returns how many.
    std::int64_t sweep_commands(int at_most);

  private:
    Database& app_;
    Database& system_;
    Appender& appender_;
};

} // namespace throughline
