#pragma once
#include "bus/event.hpp"
#include "bus/kafka_settings.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace throughline {

/// Reads all partitions of the topic from their ends on, without a group, on a thread of its own,
/// and puts the log's own events in the order of positions. Joins again for ever where brokers or
/// topic are gone. Holds about 8 MiB; then reading waits. Leaves the topic where it was not asked
/// for ten seconds, a second where it is full, and joins again when it is: what a process appends
/// itself it gets from elsewhere. Thread-safe.
class KafkaReader {
  public:
    KafkaReader(KafkaSettings settings, const Uuid& log_id);
    ~KafkaReader();
    KafkaReader(const KafkaReader&) = delete;
    KafkaReader& operator=(const KafkaReader&) = delete;

    /// The events from `after` + 1 on without a gap, as far as they came, at most `limit`.
    /// Forgets what is not after `after`.
    [[nodiscard]] std::vector<StoredEvent> take(std::int64_t after, std::size_t limit);
    /// Whether the topic has come as far as `after` or has just been joined at its end, so that
    /// the event after it may be on its way.
    [[nodiscard]] bool abreast(std::int64_t after) const;
    /// An event was waited for in vain.
    void missed();

    /// Blocks until something came or `wake` was called since the last wait, `limit` at most.
    void wait(std::chrono::milliseconds limit);
    void wake();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace throughline
