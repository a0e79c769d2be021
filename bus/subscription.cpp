#include "bus/subscription.hpp"

#include "bus/checkpoint_row.hpp"
#include "bus/database.hpp"
#include "bus/held_release.hpp"
#include "bus/held_streams.hpp"
#include "bus/ids.hpp"
#include "bus/lease.hpp"
#include "bus/poison.hpp"
#include "bus/stop_flag.hpp"

#include <pqxx/pqxx>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>
#include <thread>

namespace throughline {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t max_batch = 1000;
constexpr auto wait_for_events = 250ms;
constexpr auto stand_by = 1s;
// After a batch that took all there was: more events share the next one's costs.
constexpr auto gathering = 10ms;
// How far the stored checkpoint lags behind events that do not concern the consumer: where nobody
// waits for it, it is not worth a transaction of each consumer more often.
constexpr auto most_unstored = 250ms;
constexpr auto most_unstored_in_demand = 50ms;

std::string first_line(std::string_view text) {
    return std::string(text.substr(0, text.find('\n')));
}

std::chrono::milliseconds backoff(int failures) {
    return std::min<std::chrono::milliseconds>(5s, 50ms * (1 << std::min(failures, 8)));
}

} // namespace

Stretch stretch_of(std::vector<StoredEvent> events, std::int64_t after, const Interest& interest) {
    Stretch stretch{{}, events.empty() ? after : events.back().position};
    events.erase(events.begin(), std::ranges::find_if(events, interest));
    stretch.events = std::move(events);
    return stretch;
}

struct Subscription::State {
    State(std::string database_url, LogSourceFactory source, Consumer& fed, StartAt begin,
          BackgroundPace* slowed)
        : url(std::move(database_url)), make_source(std::move(source)), consumer(fed),
          name(fed.name()), start(begin), pace(slowed), lease(url, "subscription/" + name) {
        status.name = name;
    }

    const std::string url;
    const LogSourceFactory make_source;
    Consumer& consumer;
    const std::string name;
    const StartAt start;
    BackgroundPace* const pace; // may be none
    Lease lease;
    std::thread thread;
    StopFlag stop;

    std::mutex mutex;
    SubscriptionStatus status;

    // Of the thread alone.
    Connection connection;
    std::int64_t position = 0;
    std::int64_t stored = 0; // the checkpoint; what lies between concerns nobody
    Clock::time_point stored_at;
    HeldStreams held;
    std::size_t batch = 100;

    void tell(bool leading, std::string fault) {
        const std::lock_guard lock(mutex);
        status.position = position;
        status.leading = leading;
        status.fault = std::move(fault);
    }

    /// Whoever comes to lead later, and however late, begins there.
    void settle_beginning() const {
        const Connection system = connect(url, Role::system);
        pqxx::work transaction(*system);
        (void)open_checkpoint(transaction, name, start);
        transaction.commit();
    }

    void run() {
        for (int failures = 0; !stop.is_set();) {
            try {
                if (lease.acquire()) {
                    lead(failures);
                    connection.reset();
                    lease.release();
                }
                tell(false, "");
                stop.wait_for(stand_by);
            } catch (const std::exception& fault) {
                connection.reset();
                lease.release();
                batch = std::max<std::size_t>(1, batch / 2);
                tell(false, first_line(fault.what()));
                stop.wait_for(backoff(failures++));
            }
        }
    }

    void lead(int& failures) {
        connection = connect(url, Role::system);
        // A leader that is gone in the middle of a transaction holds a read model's checkpoint no
        // longer than its lease. What acts may take its time between two statements.
        if (consumer.is_replayable())
            pqxx::nontransaction(*connection)
                .exec("set synchronous_commit = off;"
                      " set idle_in_transaction_session_timeout = '10s'");
        {
            pqxx::work transaction(*connection);
            position = stored = open_checkpoint(transaction, name, start);
            held.load(transaction, name);
            consumer.begin(transaction);
            transaction.commit();
        }
        spdlog::info("subscription {} leads from position {}", name, position);
        tell(true, held.fault());
        const auto source = make_source();
        HeldRelease operators(consumer, held);
        const auto goes_on = [this] { return !stop.is_set() && lease.held(); };
        const Interest interest = [this](const auto& event) { return consumer.concerns(event); };
        while (goes_on()) {
            if (!operators.run(*connection, stored, goes_on)) return;
            const auto [events, scanned] =
                source->next_of(interest, position, batch,
                                stored < position ? most_unstored_in_demand : wait_for_events);
            const auto began = Clock::now();
            if (!(events.empty() ? pass(scanned) : advance(events, 3))) return;
            failures = 0;
            tell(true, held.fault());
            const auto took = Clock::now() - began;
            if (took > 2s)
                batch = std::max<std::size_t>(1, batch / 2);
            else if (events.size() >= batch)
                batch = std::min(max_batch, batch * 2);
            if (events.empty()) continue;
            if (events.size() < batch) stop.wait_for(gathering);
            if (pace != nullptr)
                pace->rest(took, now() - events.back().recorded_at,
                           [this](auto time) { stop.wait_for(time); });
        }
    }

    /// Events up to there concern nobody. False where the lead is lost.
    bool pass(std::int64_t scanned) {
        position = scanned;
        const bool is_wanted = pace != nullptr && pace->is_waited_for();
        const auto most = is_wanted ? most_unstored_in_demand : most_unstored;
        if (stored == position || Clock::now() - stored_at < most) return true;
        pqxx::work transaction(*connection);
        if (!move_checkpoint(transaction, name, stored, position)) return false;
        transaction.commit();
        note_stored();
        return true;
    }

    void note_stored() {
        stored = position;
        stored_at = Clock::now();
    }

    /// False where the lead is lost or the end has come.
    bool advance(std::span<const StoredEvent> events, int attempts) {
        std::string cause;
        for (int attempt = 0; attempt < attempts; ++attempt) {
            if (attempt > 0) stop.wait_for(backoff(attempt));
            if (attempt > 0 && stop.is_set()) return false;
            try {
                return commit(events);
            } catch (const std::exception& fault) {
                if (is_transient(fault)) throw;
                cause = fault.what();
                tell(true, "event " + std::to_string(events.front().position) +
                               " or one after it failed");
            }
        }
        if (events.size() == 1) return bury(events.front(), cause);
        const auto half = events.size() / 2;
        return advance(events.first(half), half == 1 ? 3 : 1) &&
               advance(events.subspan(half), events.size() - half == 1 ? 3 : 1);
    }

    bool commit(std::span<const StoredEvent> events) {
        pqxx::work transaction(*connection);
        if (!move_checkpoint(transaction, name, stored, events.back().position)) return false;
        std::vector<StoredEvent> others;
        bool is_all_held = false;
        const auto holds = [this](const StoredEvent& event) { return held.holds(event); };
        if (std::ranges::any_of(events, holds)) {
            for (const StoredEvent& event : events)
                if (!holds(event))
                    others.push_back(event);
                else if (!held.write_held(transaction, name, event))
                    return false;
            is_all_held = others.empty();
            if (!is_all_held) consumer.apply(transaction, others);
        } else {
            consumer.apply(transaction, events);
        }
        transaction.commit();
        position = events.back().position;
        note_stored();
        if (!is_all_held) consumer.committed();
        return true;
    }

    bool bury(const StoredEvent& event, const std::string& cause) {
        pqxx::work transaction(*connection);
        if (!move_checkpoint(transaction, name, stored, event.position)) return false;
        write_dead_letter(transaction, name, event, cause);
        transaction.commit();
        position = event.position;
        note_stored();
        held.hold(event);
        // Without the cause, which may quote personal data: it stands in dead_letters.
        spdlog::error("subscription {}: event {} ({}) is a dead letter, its stream is held", name,
                      event.position, event.type);
        return true;
    }
};

Subscription::Subscription(std::string database_url, LogSourceFactory source, Consumer& consumer,
                           StartAt start, BackgroundPace* pace)
    : state_(std::make_unique<State>(std::move(database_url), std::move(source), consumer, start,
                                     pace)) {}

Subscription::~Subscription() { stop(); }

void Subscription::start() {
    if (state_->start == StartAt::head) state_->settle_beginning();
    state_->thread = std::thread([raw = state_.get()] { raw->run(); });
}

void Subscription::begin_stop() { state_->stop.set(); }

void Subscription::stop() {
    begin_stop();
    if (state_->thread.joinable()) state_->thread.join();
    state_->lease.release();
}

SubscriptionStatus Subscription::status() const {
    const std::lock_guard lock(state_->mutex);
    return state_->status;
}

} // namespace throughline
