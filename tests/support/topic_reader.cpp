#include "tests/support/topic_reader.hpp"

#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <set>
#include <stdexcept>

namespace throughline {

struct TopicReader::State {
    rd_kafka_t* client = nullptr;
    std::map<int, std::vector<TopicMessage>> partitions;
    std::set<std::int64_t> positions;

    void take(const rd_kafka_message_t& message) {
        TopicMessage read{{static_cast<const char*>(message.key), message.key_len},
                          {static_cast<const char*>(message.payload), message.len},
                          {},
                          0};
        rd_kafka_headers_t* headers = nullptr;
        rd_kafka_message_headers(&message, &headers);
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        for (std::size_t i = 0;
             headers && rd_kafka_header_get_all(headers, i, &name, &value, &size) ==
                            RD_KAFKA_RESP_ERR_NO_ERROR;
             ++i) {
            read.headers.emplace_back(name, std::string(static_cast<const char*>(value), size));
            if (read.headers.back().first == "ce_sequence")
                read.position = std::stoll(read.headers.back().second);
        }
        positions.insert(read.position);
        partitions[message.partition].push_back(std::move(read));
    }
};

TopicReader::TopicReader(const std::string& brokers, const std::string& topic)
    : state_(std::make_unique<State>()) {
    std::array<char, 256> error{};
    rd_kafka_conf_t* config = rd_kafka_conf_new();
    const std::map<std::string, std::string> settings{{"bootstrap.servers", brokers},
                                                      {"group.id", "test-" + topic},
                                                      {"auto.offset.reset", "earliest"},
                                                      {"topic.metadata.refresh.interval.ms", "500"},
                                                      {"log_level", "0"}};
    for (const auto& [name, value] : settings)
        if (rd_kafka_conf_set(config, name.c_str(), value.c_str(), error.data(), error.size()) !=
            RD_KAFKA_CONF_OK)
            throw std::runtime_error(error.data());
    state_->client = rd_kafka_new(RD_KAFKA_CONSUMER, config, error.data(), error.size());
    rd_kafka_poll_set_consumer(state_->client);
    rd_kafka_topic_partition_list_t* topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, topic.c_str(), RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(state_->client, topics);
    rd_kafka_topic_partition_list_destroy(topics);
}

TopicReader::~TopicReader() {
    rd_kafka_destroy_flags(state_->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

const std::map<int, std::vector<TopicMessage>>& TopicReader::read_until(std::int64_t head) {
    static_cast<void>(wait_until(
        [&] {
            while (rd_kafka_message_t* message = rd_kafka_consumer_poll(state_->client, 100)) {
                if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) state_->take(*message);
                rd_kafka_message_destroy(message);
            }
            return static_cast<std::int64_t>(state_->positions.size()) >= head;
        },
        std::chrono::seconds(60)));
    return state_->partitions;
}

void check_topic(const std::map<int, std::vector<TopicMessage>>& partitions, std::int64_t head) {
    std::set<std::int64_t> seen;
    std::map<std::string, int> home;
    std::size_t out_of_order = 0;
    std::size_t strayed = 0;
    for (const auto& [partition, messages] : partitions) {
        std::int64_t last = 0;
        for (const TopicMessage& message : messages) {
            if (home.emplace(message.key, partition).first->second != partition) ++strayed;
            if (!seen.insert(message.position).second) continue;
            if (message.position < last) ++out_of_order;
            last = message.position;
        }
    }
    CHECK(out_of_order == 0);
    CHECK(strayed == 0);
    REQUIRE(static_cast<std::int64_t>(seen.size()) == head);
    CHECK(*seen.begin() == 1);
    CHECK(*seen.rbegin() == head);
}

} // namespace throughline
