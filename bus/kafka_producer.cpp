#include "bus/kafka_producer.hpp"

#include "bus/kafka_client.hpp"
#include "bus/kafka_topic.hpp"

#include <array>
#include <deque>

namespace throughline {
namespace {

using Headers = KafkaPtr<rd_kafka_headers_t, rd_kafka_headers_destroy>;

Headers headers_of(const StoredEvent& event, const Uuid& log_id) {
    const auto pairs = to_kafka_headers(event, log_id);
    Headers headers(rd_kafka_headers_new(pairs.size()));
    for (const auto& [name, value] : pairs)
        rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()),
                            value.data(), static_cast<ssize_t>(value.size()));
    return headers;
}

} // namespace

struct KafkaProducer::State {
    KafkaSettings settings;
    Uuid log_id;
    std::int64_t acknowledged;
    std::deque<bool> beyond; // of the positions after it that were sent: acknowledged too?
    std::string fault;
    std::string complaint;
    KafkaClient client;

    static void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
        auto& state = *static_cast<State*>(opaque);
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            state.fault = rd_kafka_err2str(message->err);
            return;
        }
        const auto position = reinterpret_cast<std::intptr_t>(message->_private);
        state.beyond.at(static_cast<std::size_t>(position - state.acknowledged - 1)) = true;
        for (; !state.beyond.empty() && state.beyond.front(); ++state.acknowledged)
            state.beyond.pop_front();
        state.complaint.clear();
    }

    static void failed(rd_kafka_t* client, int code, const char* reason, void* opaque) {
        auto& state = *static_cast<State*>(opaque);
        state.complaint = reason;
        if (code == RD_KAFKA_RESP_ERR__FATAL) {
            std::array<char, 256> text{};
            rd_kafka_fatal_error(client, text.data(), text.size());
            state.fault = text.data();
        }
    }
};

KafkaProducer::KafkaProducer(const KafkaSettings& settings, const Uuid& log_id, std::int64_t after)
    : state_(std::make_unique<State>()) {
    state_->settings = settings;
    state_->log_id = log_id;
    state_->acknowledged = after;
    KafkaConfig config = kafka_config(settings.brokers, {{"enable.idempotence", "true"},
                                                         {"acks", "all"},
                                                         {"message.timeout.ms", "0"},
                                                         {"message.max.bytes", "4194304"},
                                                         {"partitioner", "murmur2_random"},
                                                         {"linger.ms", "1"},
                                                         {"queue.buffering.max.messages", "5000"},
                                                         {"queue.buffering.max.kbytes", "16384"}});
    rd_kafka_conf_set_opaque(config.get(), state_.get());
    rd_kafka_conf_set_dr_msg_cb(config.get(), State::delivered);
    rd_kafka_conf_set_error_cb(config.get(), State::failed);
    state_->client = kafka_client(RD_KAFKA_PRODUCER, std::move(config));
}

KafkaProducer::~KafkaProducer() {
    rd_kafka_purge(state_->client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                             RD_KAFKA_PURGE_F_NON_BLOCKING);
}

void KafkaProducer::ensure_topic() { ensure_kafka_topic(*state_->client, state_->settings); }

bool KafkaProducer::send(const StoredEvent& event) {
    const std::string key = to_string(event.stream.id);
    Headers headers = headers_of(event, state_->log_id);
    std::array<rd_kafka_vu_t, 6> parts{};
    parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    parts[0].u.cstr = state_->settings.topic.c_str();
    parts[1].vtype = RD_KAFKA_VTYPE_KEY;
    parts[1].u.mem = {const_cast<char*>(key.data()), key.size()};
    parts[2].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[2].u.mem = {const_cast<char*>(event.data.data()), event.data.size()};
    parts[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[3].u.i = RD_KAFKA_MSG_F_COPY;
    parts[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
    parts[4].u.ptr = reinterpret_cast<void*>(static_cast<std::intptr_t>(event.position));
    parts[5].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[5].u.headers = headers.get();
    const KafkaPtr<rd_kafka_error_t, rd_kafka_error_destroy> error(
        rd_kafka_produceva(state_->client.get(), parts.data(), parts.size()));
    if (!error) {
        static_cast<void>(headers.release());                  // the message's now
        if (state_->beyond.empty()) state_->complaint.clear(); // of an idle time
        state_->beyond.push_back(false);
        return true;
    }
    if (rd_kafka_error_code(error.get()) == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
    throw KafkaFault(rd_kafka_error_string(error.get()));
}

void KafkaProducer::poll(std::chrono::milliseconds wait) {
    rd_kafka_poll(state_->client.get(), static_cast<int>(wait.count()));
    if (!state_->fault.empty()) throw KafkaFault(state_->fault);
}

std::int64_t KafkaProducer::acknowledged() const { return state_->acknowledged; }

bool KafkaProducer::idle() const { return state_->beyond.empty(); }

std::string KafkaProducer::complaint() const { return idle() ? std::string() : state_->complaint; }

} // namespace throughline
