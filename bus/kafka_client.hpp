#pragma once
#include <librdkafka/rdkafka.h>

#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <utility>

namespace throughline {

/// What a broker or librdkafka refuses; trying again with a new client may help.
struct KafkaFault : std::runtime_error {
    using runtime_error::runtime_error;
};

template <auto destroy> struct KafkaDeleter {
    template <class T> void operator()(T* object) const { destroy(object); }
};
template <class T, auto destroy> using KafkaPtr = std::unique_ptr<T, KafkaDeleter<destroy>>;

/// Ends at once: flushes nothing, waits for no broker.
void end_kafka_client(rd_kafka_t* client);
using KafkaClient = KafkaPtr<rd_kafka_t, end_kafka_client>;
using KafkaConfig = KafkaPtr<rd_kafka_conf_t, rd_kafka_conf_destroy>;

/// librdkafka's configuration with what all our clients share. Its log lines go to ours at level
/// debug: a broker that is down is told by whoever waits for it.
[[nodiscard]] KafkaConfig
kafka_config(const std::string& brokers,
             std::initializer_list<std::pair<const char*, const char*>> settings);
[[nodiscard]] KafkaClient kafka_client(rd_kafka_type_t type, KafkaConfig config);

} // namespace throughline
