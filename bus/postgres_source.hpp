#pragma once
#include "bus/database.hpp"
#include "bus/log_signal.hpp"
#include "bus/subscription.hpp"

#include <string>

namespace throughline {

/// Log order straight from the log's table.
class PostgresSource : public LogSource {
  public:
    PostgresSource(std::string database_url, LogSignal& signal);
    ~PostgresSource() override;
    [[nodiscard]] std::vector<StoredEvent> next(std::int64_t after, std::size_t limit,
                                                std::chrono::milliseconds wait) override;

    /// The same without waiting for the signal.
    [[nodiscard]] std::vector<StoredEvent> read(std::int64_t after, std::size_t limit);
    /// What tells this log from any other on the same topic.
    [[nodiscard]] Uuid log_id();

  private:
    void ensure_connection();

    std::string database_url_;
    LogSignal& signal_;
    Connection connection_;
};

} // namespace throughline
