#include "bus/relay.hpp"

#include "bus/checkpoint_row.hpp"
#include "bus/kafka_client.hpp"
#include "bus/kafka_producer.hpp"
#include "bus/lease.hpp"
#include "bus/postgres_source.hpp"

#include <pqxx/pqxx>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace throughline {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

const std::string checkpoint_name = "relay";
constexpr std::size_t read_at_once = 1000;
constexpr auto checkpoint_every = 100ms;
constexpr auto farewell = 2s;

std::chrono::milliseconds backoff(int failures) {
    return std::min<std::chrono::milliseconds>(2s, 100ms * (1 << std::min(failures, 6)));
}

/// Somebody else moved the checkpoint.
struct LeadLost {};

} // namespace

struct Relay::State {
    State(std::string database_url, KafkaSettings kafka, LogSignal& log_signal)
        : url(std::move(database_url)), settings(std::move(kafka)), signal(log_signal),
          source(url, signal), lease(url, checkpoint_name) {}

    const std::string url;
    const KafkaSettings settings;
    LogSignal& signal;
    PostgresSource source;
    Lease lease;
    std::thread thread;

    mutable std::mutex mutex;
    std::condition_variable wake;
    bool stopping = false;
    RelayStatus status;
    std::optional<Time> oldest_waiting;

    // Of the thread alone.
    Connection connection;
    Uuid log_id;
    std::int64_t position = 0;
    Clock::time_point saved{};
    std::deque<StoredEvent> unsent;
    std::deque<Time> under_way; // when the events after `acknowledged` that were sent were recorded

    bool stopped() const {
        const std::lock_guard lock(mutex);
        return stopping;
    }

    void pause(std::chrono::milliseconds time) {
        std::unique_lock lock(mutex);
        wake.wait_for(lock, time, [this] { return stopping; });
    }

    void tell(bool leading, std::string fault) {
        const std::lock_guard lock(mutex);
        status.position = position;
        status.leading = leading;
        status.fault = std::move(fault);
        if (!under_way.empty())
            oldest_waiting = under_way.front();
        else if (!unsent.empty())
            oldest_waiting = unsent.front().recorded_at;
        else
            oldest_waiting.reset();
    }

    void run() {
        for (int failures = 0; !stopped();) {
            try {
                if (lease.acquire()) lead(failures);
                step_down("");
                pause(1s);
            } catch (const LeadLost&) {
                step_down("");
                pause(1s);
            } catch (const std::exception& fault) {
                step_down(fault.what());
                pause(backoff(failures++));
            }
        }
    }

    void step_down(std::string fault) {
        connection.reset();
        lease.release();
        unsent.clear();
        under_way.clear();
        tell(false, std::move(fault));
    }

    void lead(int& failures) {
        connection = connect(url, Role::system);
        log_id = source.log_id();
        {
            // A checkpoint lost with the machine costs duplicates, nothing else.
            pqxx::nontransaction(*connection).exec("set synchronous_commit = off");
            pqxx::work transaction(*connection);
            position = open_checkpoint(transaction, checkpoint_name, StartAt::beginning);
            transaction.commit();
        }
        spdlog::info("relay leads from position {}", position);
        while (!stopped() && lease.held()) {
            try {
                produce(failures);
            } catch (const KafkaFault& fault) {
                tell(true, fault.what());
                pause(backoff(failures++));
            }
        }
    }

    /// One producer's life.
    void produce(int& failures) {
        under_way.clear();
        unsent.clear();
        KafkaProducer producer(settings, log_id, position);
        read(position, 0ms);
        producer.ensure_topic();
        std::int64_t sent = position;
        while (!stopped() && lease.held()) {
            if (unsent.empty()) read(sent, producer.idle() ? 250ms : 0ms);
            while (!unsent.empty() && producer.send(unsent.front())) {
                under_way.push_back(unsent.front().recorded_at);
                sent = unsent.front().position;
                unsent.pop_front();
            }
            take_acknowledgements(producer, producer.idle() ? 0ms : unsent.empty() ? 5ms : 50ms);
            if (producer.complaint().empty()) failures = 0;
            tell(true, producer.complaint());
        }
        const auto give_up = Clock::now() + farewell;
        while (lease.held() && !producer.idle() && Clock::now() < give_up)
            take_acknowledgements(producer, 50ms);
        if (lease.held()) save(producer.acknowledged());
    }

    void read(std::int64_t after, std::chrono::milliseconds wait) {
        for (StoredEvent& event : source.next(after, read_at_once, wait))
            unsent.push_back(std::move(event));
    }

    void take_acknowledgements(KafkaProducer& producer, std::chrono::milliseconds wait) {
        const std::int64_t before = producer.acknowledged();
        producer.poll(wait);
        const auto count = producer.acknowledged() - before;
        under_way.erase(under_way.begin(), under_way.begin() + count);
        if (producer.idle() || Clock::now() - saved > checkpoint_every)
            save(producer.acknowledged());
    }

    void save(std::int64_t acknowledged) {
        if (acknowledged == position) return;
        pqxx::work transaction(*connection);
        if (!move_checkpoint(transaction, checkpoint_name, position, acknowledged))
            throw LeadLost{};
        transaction.commit();
        position = acknowledged;
        saved = Clock::now();
    }
};

Relay::Relay(std::string database_url, KafkaSettings settings, LogSignal& signal)
    : state_(std::make_unique<State>(std::move(database_url), std::move(settings), signal)) {}

Relay::~Relay() { stop(); }

void Relay::start() {
    state_->thread = std::thread([raw = state_.get()] { raw->run(); });
}

void Relay::stop() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->wake.notify_all();
    if (state_->thread.joinable()) state_->thread.join();
}

RelayStatus Relay::status() const {
    const std::int64_t head = state_->signal.head();
    const std::lock_guard lock(state_->mutex);
    RelayStatus status = state_->status;
    if (status.leading) status.lag_events = std::max<std::int64_t>(0, head - status.position);
    if (state_->oldest_waiting)
        status.lag_seconds =
            std::max(0.0, std::chrono::duration<double>(std::chrono::system_clock::now() -
                                                        *state_->oldest_waiting)
                              .count());
    return status;
}

} // namespace throughline
