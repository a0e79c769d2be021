#include "bus/kafka_client.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <string>

namespace throughline {
namespace {

void set(rd_kafka_conf_t* config, const char* name, const char* value) {
    std::array<char, 256> error{};
    if (rd_kafka_conf_set(config, name, value, error.data(), error.size()) != RD_KAFKA_CONF_OK)
        throw std::logic_error(error.data());
}

void log(const rd_kafka_t*, int, const char* facility, const char* line) {
    spdlog::debug("kafka {}: {}", facility, line);
}

} // namespace

void end_kafka_client(rd_kafka_t* client) {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

KafkaConfig kafka_config(const std::string& brokers,
                         std::initializer_list<std::pair<const char*, const char*>> settings) {
    KafkaConfig config(rd_kafka_conf_new());
    set(config.get(), "bootstrap.servers", brokers.c_str());
    set(config.get(), "client.id", "throughline");
    set(config.get(), "socket.nagle.disable", "true");
    set(config.get(), "reconnect.backoff.max.ms", "1000");
    rd_kafka_conf_set_log_cb(config.get(), log);
    for (const auto& [name, value] : settings) set(config.get(), name, value);
    return config;
}

KafkaClient kafka_client(rd_kafka_type_t type, KafkaConfig config) {
    std::array<char, 256> error{};
    KafkaClient client(rd_kafka_new(type, config.get(), error.data(), error.size()));
    if (!client) throw KafkaFault(error.data());
    static_cast<void>(config.release()); // the client's now
    return client;
}

} // namespace throughline
