#include "bus/kafka_topic.hpp"

#include <array>
#include <string>

namespace throughline {
namespace {

using Queue = KafkaPtr<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using NewTopic = KafkaPtr<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using AdminOptions = KafkaPtr<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using AdminEvent = KafkaPtr<rd_kafka_event_t, rd_kafka_event_destroy>;

constexpr int admin_milliseconds = 2000;

NewTopic new_topic(const KafkaSettings& settings) {
    std::array<char, 256> error{};
    NewTopic topic(rd_kafka_NewTopic_new(settings.topic.c_str(), settings.partitions,
                                         settings.replication, error.data(), error.size()));
    if (!topic) throw KafkaFault(error.data());
    rd_kafka_NewTopic_set_config(topic.get(), "max.message.bytes", "4194304");
    rd_kafka_NewTopic_set_config(topic.get(), "cleanup.policy", "delete");
    rd_kafka_NewTopic_set_config(topic.get(), "retention.ms",
                                 std::to_string(settings.retention.count()).c_str());
    return topic;
}

} // namespace

void ensure_kafka_topic(rd_kafka_t& client, const KafkaSettings& settings) {
    const NewTopic topic = new_topic(settings);
    const AdminOptions options(rd_kafka_AdminOptions_new(&client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
    std::array<char, 256> error{};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), admin_milliseconds, error.data(),
                                              error.size());
    const Queue queue(rd_kafka_queue_new(&client));
    std::array<rd_kafka_NewTopic_t*, 1> topics{topic.get()};
    rd_kafka_CreateTopics(&client, topics.data(), topics.size(), options.get(), queue.get());
    const AdminEvent answer(rd_kafka_queue_poll(queue.get(), admin_milliseconds + 1000));
    if (!answer) throw KafkaFault("no broker answers");
    if (rd_kafka_event_error(answer.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
        throw KafkaFault(rd_kafka_event_error_string(answer.get()));
    std::size_t count = 0;
    const auto* result = rd_kafka_event_CreateTopics_result(answer.get());
    const auto* const* created = rd_kafka_CreateTopics_result_topics(result, &count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto code = rd_kafka_topic_result_error(created[i]);
        // Who may not create topics has been given one, or hears of it at the first message.
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS &&
            code != RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
            throw KafkaFault(rd_kafka_err2str(code));
    }
}

} // namespace throughline
