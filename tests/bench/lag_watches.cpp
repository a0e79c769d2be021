#include "tests/bench/lag.hpp"

#include "bus/database.hpp"
#include "bus/ids.hpp"
#include "bus/kafka_client.hpp"
#include "tests/support/sse_stream.hpp"
#include "tests/support/wait.hpp"

#include <pqxx/pqxx>

#include <stdexcept>
#include <thread>

namespace throughline {

using namespace std::chrono_literals;

void Sightings::add(std::int64_t position) {
    all_.emplace_back(position, now().time_since_epoch() / 1us);
    latest_ = position;
}

/// Looks every 3 ms: more often takes CPU from what is measured. The lag that is seen is up to that
/// much more than the true one.
Watch watch_read_models(const LagOptions& options) {
    return [options](Sightings& seen, const std::atomic<bool>& stopping) {
        const Connection connection = connect(options.database, Role::system);
        pqxx::nontransaction tx(*connection);
        connection->prepare("least", "select min(position) from checkpoints where name in"
                                     " ('list_contact', 'audit', 'timeline', 'search')");
        while (!stopping) {
            const auto position = tx.exec_prepared1("least")[0].as<std::int64_t>();
            if (position > seen.latest()) seen.add(position);
            std::this_thread::sleep_for(3ms);
        }
    };
}

namespace {

using Partitions = KafkaPtr<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using Message = KafkaPtr<rd_kafka_message_t, rd_kafka_message_destroy>;

/// How many partitions the topic has: none while the relay has not made it yet.
int partitions_of(rd_kafka_t* client, const std::string& name) {
    const KafkaPtr<rd_kafka_topic_t, rd_kafka_topic_destroy> topic(
        rd_kafka_topic_new(client, name.c_str(), nullptr));
    const struct rd_kafka_metadata* read = nullptr;
    if (const auto fault = rd_kafka_metadata(client, 0, topic.get(), &read, 10'000))
        throw KafkaFault(rd_kafka_err2str(fault));
    const KafkaPtr<const struct rd_kafka_metadata, rd_kafka_metadata_destroy> metadata(read);
    return metadata->topics[0].partition_cnt;
}

void assign_at_end(rd_kafka_t* client, const std::string& name) {
    int count = 0;
    if (!wait_until([&] { return (count = partitions_of(client, name)) > 0; }))
        throw KafkaFault("there is no topic " + name);
    const Partitions partitions(rd_kafka_topic_partition_list_new(count));
    for (int i = 0; i < count; ++i)
        rd_kafka_topic_partition_list_add(partitions.get(), name.c_str(), i)->offset =
            RD_KAFKA_OFFSET_END;
    if (const auto fault = rd_kafka_assign(client, partitions.get()))
        throw KafkaFault(rd_kafka_err2str(fault));
}

std::int64_t position_of(const rd_kafka_message_t& message) {
    rd_kafka_headers_t* headers = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, "ce_sequence", &value, &size) !=
            RD_KAFKA_RESP_ERR_NO_ERROR)
        throw std::runtime_error("a message without ce_sequence");
    return std::stoll(std::string(static_cast<const char*>(value), size));
}

} // namespace

Watch watch_kafka(const LagOptions& options) {
    return [options](Sightings& seen, const std::atomic<bool>& stopping) {
        const KafkaClient client = kafka_client(
            RD_KAFKA_CONSUMER, kafka_config(options.brokers, {{"group.id", "bench"}, // never joined
                                                              {"enable.auto.commit", "false"}}));
        rd_kafka_poll_set_consumer(client.get());
        assign_at_end(client.get(), options.topic);
        while (!stopping) {
            const Message message(rd_kafka_consumer_poll(client.get(), 100));
            if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
                seen.add(position_of(*message));
        }
    };
}

Watch watch_stream(const LagOptions& options) {
    return [options](Sightings& seen, const std::atomic<bool>& stopping) {
        SseStream stream(options.url + "/api/events/stream",
                         {{"Authorization", "Bearer " + options.token}});
        if (stream.reply().status != 200) throw std::runtime_error("the stream was refused");
        while (!stopping)
            if (const auto message = stream.next(100ms); message && message->event.empty())
                seen.add(std::stoll(message->id));
    };
}

} // namespace throughline
