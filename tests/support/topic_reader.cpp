#include "tests/support/topic_reader.hpp"

#include "bus/ids.hpp"
#include "bus/kafka_client.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <set>
#include <stdexcept>

namespace throughline {

namespace {

std::int64_t count_between(const std::set<std::int64_t>& positions, std::int64_t first,
                           std::int64_t last) {
    return std::distance(positions.lower_bound(first), positions.upper_bound(last));
}

} // namespace

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

    void poll() {
        while (rd_kafka_message_t* message = rd_kafka_consumer_poll(client, 100)) {
            if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) take(*message);
            rd_kafka_message_destroy(message);
        }
    }
};

TopicReader::TopicReader(const std::string& brokers, const std::string& topic)
    : state_(std::make_unique<State>()) {
    std::array<char, 256> error{};
    rd_kafka_conf_t* config = rd_kafka_conf_new();
    const std::map<std::string, std::string> settings{{"bootstrap.servers", brokers},
                                                      {"group.id", "test-" + to_string(new_id())},
                                                      {"enable.auto.commit", "false"},
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

std::vector<TopicMessage> TopicReader::read(std::size_t messages) {
    std::vector<TopicMessage> all;
    static_cast<void>(wait_until(
        [&] {
            state_->poll();
            all.clear();
            for (const auto& [partition, in_it] : state_->partitions)
                all.insert(all.end(), in_it.begin(), in_it.end());
            return all.size() >= messages;
        },
        std::chrono::seconds(60)));
    return all;
}

const std::map<int, std::vector<TopicMessage>>& TopicReader::read_until(std::int64_t head,
                                                                        std::int64_t first) {
    static_cast<void>(wait_until(
        [&] {
            state_->poll();
            return count_between(state_->positions, first, head) == head - first + 1;
        },
        std::chrono::seconds(60)));
    return state_->partitions;
}

void delete_topic(const std::string& brokers, const std::string& topic) {
    constexpr int within = 30'000; // milliseconds
    const KafkaClient client = kafka_client(RD_KAFKA_PRODUCER, kafka_config(brokers, {}));
    const KafkaPtr<rd_kafka_DeleteTopic_t, rd_kafka_DeleteTopic_destroy> doomed(
        rd_kafka_DeleteTopic_new(topic.c_str()));
    const KafkaPtr<rd_kafka_queue_t, rd_kafka_queue_destroy> queue(
        rd_kafka_queue_new(client.get()));
    std::array<rd_kafka_DeleteTopic_t*, 1> topics{doomed.get()};
    rd_kafka_DeleteTopics(client.get(), topics.data(), topics.size(), nullptr, queue.get());
    const KafkaPtr<rd_kafka_event_t, rd_kafka_event_destroy> answer(
        rd_kafka_queue_poll(queue.get(), within));
    REQUIRE(answer != nullptr);
    std::size_t count = 0;
    const auto* const* results = rd_kafka_DeleteTopics_result_topics(
        rd_kafka_event_DeleteTopics_result(answer.get()), &count);
    REQUIRE(count == 1);
    REQUIRE(rd_kafka_topic_result_error(results[0]) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

void check_topic(const std::map<int, std::vector<TopicMessage>>& partitions, std::int64_t head,
                 std::int64_t first) {
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
    CHECK(count_between(seen, first, head) == head - first + 1);
    REQUIRE_FALSE(seen.empty());
    CHECK(*seen.begin() > 0);
    CHECK(*seen.rbegin() == head);
}

} // namespace throughline
