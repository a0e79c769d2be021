#include "bus/kafka_reader.hpp"

#include "bus/kafka_client.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace throughline {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

using Message = KafkaPtr<rd_kafka_message_t, rd_kafka_message_destroy>;
using Partitions = KafkaPtr<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;

constexpr std::size_t held_bytes = 8U << 20;
constexpr std::size_t overhead = 1000; // what an event takes besides its data, about
constexpr auto join_again_after = 30s;
constexpr auto join_pause = 1s;
constexpr auto leave_after = 10s;
constexpr auto leave_full_after = 1s; // what it holds would be old by the time it is asked

KafkaClient consumer(const std::string& brokers) {
    KafkaClient client = kafka_client(
        RD_KAFKA_CONSUMER, kafka_config(brokers, {{"group.id", "throughline"}, // never joined
                                                  {"enable.auto.commit", "false"},
                                                  {"enable.auto.offset.store", "false"},
                                                  {"enable.partition.eof", "true"},
                                                  {"auto.offset.reset", "latest"},
                                                  {"max.poll.interval.ms", "86400000"},
                                                  {"max.partition.fetch.bytes", "1048576"},
                                                  {"queued.max.messages.kbytes", "4096"}}));
    rd_kafka_poll_set_consumer(client.get());
    return client;
}

/// Assigns every partition of the topic at its end; how many there are.
std::size_t join(rd_kafka_t* client, const std::string& topic) {
    const KafkaPtr<rd_kafka_topic_t, rd_kafka_topic_destroy> handle(
        rd_kafka_topic_new(client, topic.c_str(), nullptr));
    const struct rd_kafka_metadata* read = nullptr;
    const auto code = rd_kafka_metadata(client, 0, handle.get(), &read, 1000);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw KafkaFault(rd_kafka_err2str(code));
    const KafkaPtr<const struct rd_kafka_metadata, rd_kafka_metadata_destroy> metadata(read);
    if (metadata->topic_cnt != 1 || metadata->topics[0].partition_cnt == 0)
        throw KafkaFault("there is no topic " + topic);
    const int count = metadata->topics[0].partition_cnt;
    const Partitions partitions(rd_kafka_topic_partition_list_new(count));
    for (int i = 0; i < count; ++i)
        rd_kafka_topic_partition_list_add(partitions.get(), topic.c_str(), i)->offset =
            RD_KAFKA_OFFSET_END;
    if (const auto fault = rd_kafka_assign(client, partitions.get()))
        throw KafkaFault(rd_kafka_err2str(fault));
    return static_cast<std::size_t>(count);
}

bool passes(rd_kafka_resp_err_t code) { // librdkafka tries again by itself
    return code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
           code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__RESOLVE;
}

/// The log's own event, or nothing: others may write to the topic too.
std::optional<StoredEvent> event_of(const rd_kafka_message_t& message, const Uuid& log_id) {
    std::vector<std::pair<std::string, std::string>> headers;
    rd_kafka_headers_t* read = nullptr;
    if (rd_kafka_message_headers(&message, &read) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        headers.reserve(rd_kafka_header_cnt(read));
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        for (std::size_t i = 0;
             rd_kafka_header_get_all(read, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
             ++i)
            headers.emplace_back(name, std::string(static_cast<const char*>(value), size));
    }
    const auto event = read_kafka_message(
        headers, std::string_view(static_cast<const char*>(message.payload), message.len));
    return event ? from_cloudevent(*event, log_id) : std::nullopt;
}

} // namespace

struct KafkaReader::State {
    KafkaSettings settings;
    Uuid log_id;
    mutable std::mutex mutex;
    std::condition_variable news;
    std::condition_variable room;
    bool stopping = false;
    bool woken = false;
    bool at_end = false; // joined, and nothing more there since
    bool was_missed = false;
    Clock::time_point asked = Clock::now();
    std::int64_t taken = 0;  // up to here nobody asks any more
    std::int64_t latest = 0; // of all that came
    std::map<std::int64_t, StoredEvent> held;
    std::size_t bytes = 0;
    std::thread thread;

    void run() {
        std::string told;
        std::unique_lock lock(mutex);
        while (!stopping) {
            lock.unlock();
            try {
                read();
                told.clear();
            } catch (const KafkaFault& fault) {
                if (told != fault.what())
                    spdlog::warn("reading from Postgres alone: Kafka: {}", fault.what());
                told = fault.what();
            }
            lock.lock();
            if (is_wanted())
                room.wait_for(lock, join_pause, [this] { return stopping; });
            else
                leave(lock);
        }
    }

    bool has_room() const { return bytes < held_bytes; }

    bool is_wanted() const {
        const auto unasked = Clock::now() - asked;
        return unasked < (has_room() ? leave_after : leave_full_after);
    }

    /// Until somebody asks again.
    void leave(std::unique_lock<std::mutex>& lock) {
        at_end = was_missed = false;
        held.clear();
        bytes = 0;
        latest = 0; // nothing of what is asked for next is on its way
        room.wait(lock, [this, last = asked] { return stopping || asked != last; });
    }

    /// One consumer's life.
    void read() {
        const KafkaClient client = consumer(settings.brokers);
        const std::size_t partitions = join(client.get(), settings.topic);
        const auto joined = Clock::now();
        std::set<int> ended;
        while (goes_on(joined)) {
            const Message message(rd_kafka_consumer_poll(client.get(), 100));
            if (!message || passes(message->err)) continue;
            if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                keep(event_of(*message, log_id));
            } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                if (ended.insert(message->partition).second && ended.size() == partitions)
                    reached_end();
            } else {
                throw KafkaFault(rd_kafka_message_errstr(message.get()));
            }
        }
    }

    /// Waits for room. False where the reader ends, nobody wants it, or it had better join again:
    /// partitions may have been added, or the consumer be stuck.
    bool goes_on(Clock::time_point joined) {
        std::unique_lock lock(mutex);
        room.wait_for(lock, leave_full_after, [this] { return stopping || has_room(); });
        return !stopping && is_wanted() &&
               !(was_missed && Clock::now() - joined > join_again_after);
    }

    void reached_end() {
        const std::lock_guard lock(mutex);
        at_end = true;
        was_missed = false;
        woken = true;
        news.notify_all();
    }

    void keep(std::optional<StoredEvent> event) {
        if (!event) return;
        const std::lock_guard lock(mutex);
        latest = std::max(latest, event->position);
        if (event->position <= taken) return;
        const std::size_t size = event->data.size() + overhead;
        const auto position = event->position;
        if (held.emplace(position, std::move(*event)).second) bytes += size;
        if (position == taken + 1) {
            woken = true;
            news.notify_all();
        }
    }

    void forget(std::map<std::int64_t, StoredEvent>::iterator event) {
        bytes -= event->second.data.size() + overhead;
        held.erase(event);
    }
};

KafkaReader::KafkaReader(KafkaSettings settings, const Uuid& log_id)
    : state_(std::make_unique<State>()) {
    state_->settings = std::move(settings);
    state_->log_id = log_id;
    state_->thread = std::thread([raw = state_.get()] { raw->run(); });
}

KafkaReader::~KafkaReader() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->room.notify_all();
    state_->thread.join();
}

std::vector<StoredEvent> KafkaReader::take(std::int64_t after, std::size_t limit) {
    std::vector<StoredEvent> events;
    const std::lock_guard lock(state_->mutex);
    state_->asked = Clock::now();
    auto& held = state_->held;
    while (!held.empty() && held.begin()->first <= after) state_->forget(held.begin());
    std::int64_t next = after + 1;
    while (!held.empty() && held.begin()->first == next && events.size() < limit) {
        auto first = held.begin();
        state_->bytes -= first->second.data.size() + overhead;
        events.push_back(std::move(first->second));
        held.erase(first);
        ++next;
    }
    state_->taken = next - 1;
    state_->room.notify_all();
    return events;
}

bool KafkaReader::abreast(std::int64_t after) const {
    const std::lock_guard lock(state_->mutex);
    return state_->at_end || state_->latest >= after;
}

void KafkaReader::missed() {
    const std::lock_guard lock(state_->mutex);
    state_->at_end = false;
    state_->was_missed = true;
}

void KafkaReader::wait(std::chrono::milliseconds limit) {
    std::unique_lock lock(state_->mutex);
    state_->news.wait_for(lock, limit, [this] { return state_->woken; });
    state_->woken = false;
}

void KafkaReader::wake() {
    const std::lock_guard lock(state_->mutex);
    state_->woken = true;
    state_->news.notify_all();
}

} // namespace throughline
