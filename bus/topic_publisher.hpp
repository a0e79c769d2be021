#pragma once
#include "bus/kafka_settings.hpp"

#include <memory>
#include <string>

namespace throughline {

/// One JSON message for a topic.
struct KafkaMessage {
    std::string topic;
    std::string key;
    std::string value;
    std::string id; // header `id`: the same when it is published again
};

/// Publishes messages to topics that are no part of the log, and makes the topics they need.
/// Thread-safe.
class TopicPublisher {
  public:
    /// `settings.topic` does not matter: what else they say of a topic holds for all.
    explicit TopicPublisher(const KafkaSettings& settings);
    ~TopicPublisher();
    TopicPublisher(const TopicPublisher&) = delete;
    TopicPublisher& operator=(const TopicPublisher&) = delete;

    /// Returns once all replicas have it. Blocks for eight seconds at most where the topic is
    /// known; throws std::runtime_error where it was not acknowledged by then, and may have been
    /// published all the same.
    void publish(const KafkaMessage& message);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace throughline
