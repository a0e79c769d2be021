#pragma once
#include "bus/kafka_client.hpp"
#include "bus/kafka_settings.hpp"

namespace throughline {

/// Creates the topic of these settings where there is none. Blocks up to 3 s; throws KafkaFault
/// where the brokers cannot be reached or refuse.
void ensure_kafka_topic(rd_kafka_t& client, const KafkaSettings& settings);

} // namespace throughline
