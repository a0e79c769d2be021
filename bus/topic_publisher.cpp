#include "bus/topic_publisher.hpp"

#include "bus/kafka_client.hpp"
#include "bus/kafka_topic.hpp"

#include <array>
#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <thread>

namespace throughline {
namespace {

using Acknowledgement = std::promise<rd_kafka_resp_err_t>;

/// Called by whoever polls, once for each message, which has left the promise to it.
void report(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
    const std::unique_ptr<Acknowledgement> awaited(
        static_cast<Acknowledgement*>(message->_private));
    awaited->set_value(message->err);
}

} // namespace

struct TopicPublisher::State {
    KafkaSettings settings;
    KafkaClient client;
    std::mutex mutex;
    std::set<std::string> known; // topics
    std::atomic<bool> stopping = false;
    std::thread reports; // a thread of its own: whoever polled would hear of the others' messages

    void ensure_topic(const std::string& topic);
    void forget_topic(const std::string& topic);
};

TopicPublisher::TopicPublisher(const KafkaSettings& settings) : state_(std::make_unique<State>()) {
    state_->settings = settings;
    // A report comes for every message, at the latest when its time is up.
    KafkaConfig config = kafka_config(settings.brokers, {{"acks", "all"},
                                                         {"message.timeout.ms", "8000"},
                                                         {"message.max.bytes", "4194304"},
                                                         {"partitioner", "murmur2_random"},
                                                         {"linger.ms", "1"}});
    rd_kafka_conf_set_dr_msg_cb(config.get(), report);
    state_->client = kafka_client(RD_KAFKA_PRODUCER, std::move(config));
    state_->reports = std::thread([raw = state_.get()] {
        while (!raw->stopping) rd_kafka_poll(raw->client.get(), 100);
    });
}

TopicPublisher::~TopicPublisher() {
    state_->stopping = true;
    state_->reports.join();
}

/// Nobody waits for another's topic: while brokers are gone, each asks for as long as that takes.
void TopicPublisher::State::ensure_topic(const std::string& topic) {
    {
        const std::lock_guard lock(mutex);
        if (known.contains(topic)) return;
    }
    KafkaSettings of_topic = settings;
    of_topic.topic = topic;
    ensure_kafka_topic(*client, of_topic);
    const std::lock_guard lock(mutex);
    known.insert(topic);
}

/// It may have been deleted, and is made again then.
void TopicPublisher::State::forget_topic(const std::string& topic) {
    const std::lock_guard lock(mutex);
    known.erase(topic);
}

void TopicPublisher::publish(const KafkaMessage& message) {
    state_->ensure_topic(message.topic);
    auto awaited = std::make_unique<Acknowledgement>();
    std::future<rd_kafka_resp_err_t> acknowledged = awaited->get_future();
    const auto header = [](const char* name, const std::string& value) {
        rd_kafka_vu_t part{};
        part.vtype = RD_KAFKA_VTYPE_HEADER;
        part.u.header = {name, value.data(), static_cast<ssize_t>(value.size())};
        return part;
    };
    const std::string json = "application/json";
    std::array<rd_kafka_vu_t, 7> parts{};
    parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    parts[0].u.cstr = message.topic.c_str();
    parts[1].vtype = RD_KAFKA_VTYPE_KEY;
    parts[1].u.mem = {const_cast<char*>(message.key.data()), message.key.size()};
    parts[2].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[2].u.mem = {const_cast<char*>(message.value.data()), message.value.size()};
    parts[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[3].u.i = RD_KAFKA_MSG_F_COPY;
    parts[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
    parts[4].u.ptr = awaited.get();
    parts[5] = header("content-type", json);
    parts[6] = header("id", message.id);
    const KafkaPtr<rd_kafka_error_t, rd_kafka_error_destroy> error(
        rd_kafka_produceva(state_->client.get(), parts.data(), parts.size()));
    if (error) throw KafkaFault(rd_kafka_error_string(error.get()));
    static_cast<void>(awaited.release()); // the report's now
    const rd_kafka_resp_err_t fault = acknowledged.get();
    if (fault == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    state_->forget_topic(message.topic);
    throw KafkaFault(rd_kafka_err2str(fault));
}

} // namespace throughline
