#pragma once
#include <chrono>
#include <string>

namespace throughline {

struct KafkaSettings {
    std::string brokers; // host:port, separated by commas
    std::string topic = "throughline.events";
    // Of the topic, where the relay has to create it.
    int partitions = 6;
    int replication = 1;
    std::chrono::milliseconds retention = std::chrono::days(30);
};

} // namespace throughline
