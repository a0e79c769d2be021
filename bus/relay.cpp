#include "bus/relay.hpp"

#include "bus/checkpoint_row.hpp"
#include "bus/ids.hpp"
#include "bus/kafka_client.hpp"
#include "bus/kafka_producer.hpp"
#include "bus/lease.hpp"
#include "bus/postgres_source.hpp"
#include "bus/stop_flag.hpp"

#include <pqxx/pqxx>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <thread>

namespace throughline {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t read_at_once = 1000;
constexpr auto checkpoint_every = 100ms;
// After a batch that took all there was: to the broker a message costs little, a request much, and
// the client makes one for each partition.
constexpr auto gathering = 10ms;
constexpr auto look_every = 1s;
constexpr auto farewell = 2s;

std::chrono::milliseconds backoff(int failures) {
    return std::min<std::chrono::milliseconds>(2s, 100ms * (1 << std::min(failures, 6)));
}

/// Somebody else moved the checkpoint.
struct LeadLost {};

} // namespace

struct Relay::State {
    State(std::string database_url, KafkaSettings kafka, LogSignal& log_signal,
          BackgroundPace* slowed, CommitFeed* own)
        : url(std::move(database_url)), settings(std::move(kafka)), pace(slowed),
          lease(url, relay_name) {
        auto postgres = std::make_unique<PostgresSource>(url, log_signal);
        log = postgres.get();
        source = std::move(postgres);
        if (own != nullptr)
            source = std::make_unique<FedSource>(*own, log_signal, std::move(source));
    }

    const std::string url;
    const KafkaSettings settings;
    BackgroundPace* const pace; // may be none
    std::unique_ptr<LogSource> source;
    PostgresSource* log = nullptr; // a part of it
    Lease lease;
    std::thread thread;
    StopFlag stop;

    std::mutex mutex;
    RelayStatus status;

    // Of the thread alone.
    Connection connection;
    Uuid log_id;
    std::int64_t position = 0;
    Clock::time_point saved{};
    Clock::time_point looked{};
    std::deque<StoredEvent> unsent;

    void tell(bool leading, std::string fault) {
        const std::lock_guard lock(mutex);
        status.position = position;
        status.leading = leading;
        status.fault = std::move(fault);
    }

    void run() {
        for (int failures = 0; !stop.is_set();) {
            try {
                if (lease.acquire()) lead(failures);
                step_down("");
                stop.wait_for(1s);
            } catch (const LeadLost&) {
                step_down("");
                stop.wait_for(1s);
            } catch (const std::exception& fault) {
                step_down(fault.what());
                stop.wait_for(backoff(failures++));
            }
        }
    }

    void step_down(std::string fault) {
        connection.reset();
        lease.release();
        unsent.clear();
        tell(false, std::move(fault));
    }

    void lead(int& failures) {
        connection = connect(url, Role::system);
        log_id = log->log_id();
        {
            // A checkpoint lost with the machine costs duplicates, nothing else; and a leader that
            // is gone in the middle of a save holds it no longer than its lease.
            pqxx::nontransaction(*connection)
                .exec("set synchronous_commit = off;"
                      " set idle_in_transaction_session_timeout = '10s'");
            pqxx::work transaction(*connection);
            position = open_checkpoint(transaction, relay_name, StartAt::beginning);
            transaction.commit();
        }
        spdlog::info("relay leads from position {}", position);
        while (!stop.is_set() && lease.held()) {
            try {
                produce(failures);
            } catch (const KafkaFault& fault) {
                tell(true, fault.what());
                stop.wait_for(backoff(failures++));
            }
        }
    }

    /// One producer's life.
    void produce(int& failures) {
        unsent.clear();
        KafkaProducer producer(settings, log_id, position);
        read(position, 0ms);
        producer.ensure_topic();
        std::int64_t sent = position;
        while (!stop.is_set() && lease.held()) {
            if (unsent.empty()) read(sent, producer.idle() ? 250ms : 0ms);
            const auto began = Clock::now();
            const Time newest = unsent.empty() ? Time{} : unsent.back().recorded_at;
            const bool is_all = unsent.size() < read_at_once;
            while (!unsent.empty() && producer.send(unsent.front())) {
                sent = unsent.front().position;
                unsent.pop_front();
            }
            take_acknowledgements(producer, producer.idle() ? 0ms : unsent.empty() ? 5ms : 50ms);
            if (producer.complaint().empty()) failures = 0;
            tell(true, producer.complaint());
            if (newest == Time{}) continue;
            if (is_all) stop.wait_for(gathering);
            if (pace != nullptr)
                pace->rest(Clock::now() - began, now() - newest,
                           [this](auto time) { stop.wait_for(time); });
        }
        const auto give_up = Clock::now() + farewell;
        while (lease.held() && !producer.idle() && Clock::now() < give_up)
            take_acknowledgements(producer, 50ms);
        if (lease.held()) save(producer.acknowledged());
    }

    void read(std::int64_t after, std::chrono::milliseconds wait) {
        for (StoredEvent& event : source->next(after, read_at_once, wait))
            unsent.push_back(std::move(event));
    }

    void take_acknowledgements(KafkaProducer& producer, std::chrono::milliseconds wait) {
        producer.poll(wait);
        if (producer.idle() || Clock::now() - saved > checkpoint_every)
            save(producer.acknowledged());
    }

    void save(std::int64_t acknowledged) {
        if (acknowledged == position) return look();
        pqxx::work transaction(*connection);
        if (!move_checkpoint(transaction, relay_name, position, acknowledged)) throw LeadLost{};
        transaction.commit();
        position = acknowledged;
        saved = looked = Clock::now();
    }

    /// Also where nothing is acknowledged: an operator may have moved the checkpoint back.
    void look() {
        if (Clock::now() - looked < look_every) return;
        pqxx::work transaction(*connection);
        if (open_checkpoint(transaction, relay_name, StartAt::beginning) != position)
            throw LeadLost{};
        transaction.commit();
        looked = Clock::now();
    }
};

Relay::Relay(std::string database_url, KafkaSettings settings, LogSignal& signal,
             BackgroundPace* pace, CommitFeed* own)
    : state_(std::make_unique<State>(std::move(database_url), std::move(settings), signal, pace,
                                     own)) {}

Relay::~Relay() { stop(); }

void Relay::start() {
    state_->thread = std::thread([raw = state_.get()] { raw->run(); });
}

void Relay::stop() {
    state_->stop.set();
    if (state_->thread.joinable()) state_->thread.join();
}

RelayStatus Relay::status() const {
    const std::lock_guard lock(state_->mutex);
    return state_->status;
}

} // namespace throughline
