#pragma once
#include "bus/background_pace.hpp"
#include "bus/commit_feed.hpp"
#include "bus/kafka_settings.hpp"
#include "bus/log_signal.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace throughline {

/// Of its checkpoint and its lease.
inline const std::string relay_name = "relay";

struct RelayStatus {
    std::int64_t position = 0; // everything up to here is on the topic
    bool leading = false;
    std::string fault; // empty while all is well
};

/// Log → Kafka, on a thread of its own: one leads of all processes on a database. Every event
/// reaches the topic at least once; of every stream, and of the whole log within a partition,
/// first appearances are in log order. Brokers that are down delay the topic and nothing
/// else. Where its checkpoint was moved back (republish.hpp) it sends again from there.
class Relay {
  public:
    /// `own`: what this process appends; without it the log's table has everything.
    Relay(std::string database_url, KafkaSettings settings, LogSignal& signal,
          BackgroundPace* pace = nullptr, CommitFeed* own = nullptr);
    ~Relay(); // stops

    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    void start();
    /// Gives up the lead; waits 2 s at most for what is under way. Idempotent.
    void stop();
    [[nodiscard]] RelayStatus status() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace throughline
