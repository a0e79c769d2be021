#pragma once
#include "bus/kafka_reader.hpp"
#include "bus/postgres_source.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace throughline {

/// Log order from Kafka: from Postgres up to the head, then from the topic, joined at its end.
/// Positions are gapless, so it knows what is missing, and reads from Postgres what has not come
/// 200 ms after it could be known. While brokers or topic are gone everything comes from Postgres,
/// without that wait.
class KafkaSource : public LogSource {
  public:
    KafkaSource(std::string database_url, LogSignal& signal, KafkaSettings settings);
    ~KafkaSource() override;
    [[nodiscard]] std::vector<StoredEvent> next(std::int64_t after, std::size_t limit,
                                                std::chrono::milliseconds wait) override;

    /// How many events came from the topic so far.
    [[nodiscard]] std::int64_t taken_from_topic() const { return taken_from_topic_; }

  private:
    void join();
    [[nodiscard]] bool worth_waiting(std::int64_t after);

    LogSignal& signal_;
    PostgresSource postgres_;
    KafkaSettings settings_;
    std::unique_ptr<KafkaReader> reader_; // once the head was near
    std::shared_ptr<void> heads_;         // wakes the reader
    std::optional<std::chrono::steady_clock::time_point> missing_since_;
    std::int64_t taken_from_topic_ = 0;
};

} // namespace throughline
