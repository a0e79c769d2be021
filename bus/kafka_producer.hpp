#pragma once
#include "bus/event.hpp"
#include "bus/kafka_settings.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace throughline {

/// Sends events to the topic in position order and knows up to where all are acknowledged. Good
/// until the first KafkaFault it throws; then a new one takes over after `acknowledged()`. Used by
/// one thread.
class KafkaProducer {
  public:
    /// The first event to be sent is the one after position `after` of the log.
    KafkaProducer(const KafkaSettings& settings, const Uuid& log_id, std::int64_t after);
    ~KafkaProducer(); // drops what is not acknowledged
    KafkaProducer(const KafkaProducer&) = delete;
    KafkaProducer& operator=(const KafkaProducer&) = delete;

    /// Creates the topic where there is none. Blocks up to 2 s; throws KafkaFault where the
    /// brokers cannot be reached or refuse.
    void ensure_topic();
    /// False while too much is under way. The events' positions have no gap.
    [[nodiscard]] bool send(const StoredEvent& event);
    /// Takes acknowledgements, waiting up to `wait` for one. Throws KafkaFault where a message
    /// cannot be delivered or the client has failed.
    void poll(std::chrono::milliseconds wait);
    /// The highest position up to which every event is acknowledged by all replicas.
    [[nodiscard]] std::int64_t acknowledged() const;
    [[nodiscard]] bool idle() const; // nothing is under way
    /// Why nothing is delivered at the moment, as far as the client says; else empty.
    [[nodiscard]] std::string complaint() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace throughline
