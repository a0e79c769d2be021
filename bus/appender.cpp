#include "bus/appender.hpp"

#include "bus/batch_queue.hpp"
#include "bus/batch_writer.hpp"
#include "bus/command.hpp"
#include "bus/database.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace throughline {

namespace {

using Clock = std::chrono::steady_clock;
using End = WriteAttempt::End;
using Part = std::span<PendingCommand>;

constexpr std::chrono::milliseconds longest_backoff{1000};
// Where several write at once, a batch waits for more of them: to the log a call costs as much as
// some ten commands. Who writes alone never waits.
constexpr std::chrono::milliseconds gathering{1};

// What callers are told; the database's own words are logged.
constexpr const char* out_of_reach = "the log cannot be written now";
constexpr const char* not_taken = "the log does not take this data";

Histogram histogram(std::initializer_list<double> bounds) {
    Histogram made;
    for (const double bound : bounds) made.buckets.emplace_back(bound, 0);
    return made;
}

void answer_all(Part part, const Outcome& outcome) {
    for (PendingCommand& pending : part) pending.promise.tell(outcome);
}

} // namespace

void Histogram::observe(double value) {
    sum += value;
    ++count;
    const auto bucket =
        std::ranges::find_if(buckets, [&](const auto& b) { return value <= b.first; });
    if (bucket != buckets.end()) ++bucket->second;
}

struct Appender::State {
    State(std::string url, AppenderLimits given, Listener hears)
        : limits(given), listener(std::move(hears)), writer(std::move(url)) {}

    const AppenderLimits limits;
    const Listener listener; // may hear of some things only
    BatchWriter writer;      // of the thread
    mutable std::mutex mutex;
    std::condition_variable changed;
    BatchQueue queue;
    bool stopping = false;
    Clock::time_point stop_deadline = Clock::time_point::max();
    Histogram batch_size = histogram({1, 2, 4, 8, 16, 32, 64, 128, 256});
    Histogram seconds =
        histogram({.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5});
    // Of a batch; at first, of what comes before all of them.
    std::optional<Clock::time_point> under_way_since = Clock::now();
    bool has_ended = false;
    std::condition_variable ended;
    std::optional<Clock::time_point> failing_since; // of the thread
    std::thread thread;
    std::thread watcher;

    void run();
    void append_batches();
    void watch();
    void write(std::vector<PendingCommand>& batch);
    bool write_part(Part part, std::vector<Part>& rest);
    void settle(Part part, WriteAttempt attempt, std::vector<Part>& rest) const;
    void tell_committed(Part part, const WriteAttempt& attempt) const;
    static void abandon(Part part, bool may_be_written, const std::string& cause);
    bool pause(std::chrono::milliseconds time);
    void give_up_queue();
};

void Appender::State::run() {
    append_batches();
    const std::lock_guard lock(mutex);
    has_ended = true;
    ended.notify_all();
}

/// The thread may wait for a database that hangs and does not hang up. What gathers behind its
/// batch was never sent and does not wait with it, and the end of stop() waits for neither.
void Appender::State::watch() {
    const auto look_every = std::max(limits.patience / 20, std::chrono::milliseconds(1));
    std::unique_lock lock(mutex);
    while (!ended.wait_for(lock, look_every, [&] { return has_ended; })) {
        const auto now = Clock::now();
        const bool is_over = now >= stop_deadline;
        if (!is_over && !(under_way_since && now - *under_way_since >= limits.patience)) continue;
        auto unsent = queue.take_all();
        lock.unlock();
        answer_all(unsent, Unavailable{out_of_reach});
        if (is_over) writer.cut();
        lock.lock();
    }
}

void Appender::State::append_batches() {
    try {
        writer.prepare();
    } catch (const std::exception& fault) {
        spdlog::warn("the appender waits for the log: {}", fault_text(fault));
    }
    for (std::size_t size = 0;;) {
        std::unique_lock lock(mutex);
        under_way_since.reset();
        changed.wait(lock, [&] { return stopping || !queue.empty(); });
        if (queue.empty()) return;
        if (size > 1 && queue.size() < limits.batch_commands && !stopping) {
            lock.unlock();
            std::this_thread::sleep_for(gathering);
            lock.lock();
        }
        auto batch = queue.take(limits.batch_commands, limits.batch_bytes);
        if (batch.empty()) continue; // given up meanwhile
        size = batch.size();
        const auto start = Clock::now();
        under_way_since = start;
        lock.unlock();

        if (listener.begins) listener.begins();
        write(batch);
        if (listener.ends) listener.ends();
        const std::chrono::duration<double> taken = Clock::now() - start;
        lock.lock();
        batch_size.observe(static_cast<double>(size));
        seconds.observe(taken.count());
    }
}

void Appender::State::write(std::vector<PendingCommand>& batch) {
    std::vector<Part> rest{batch}; // the next one last
    while (!rest.empty()) {
        const Part part = rest.back();
        rest.pop_back();
        if (!write_part(part, rest)) return;
    }
}

/// Tries until the part has its answers, or has been cut in halves put back to `rest`. False when
/// the time of stop() is over, every command answered.
bool Appender::State::write_part(Part part, std::vector<Part>& rest) {
    std::vector<const Command*> commands;
    for (const PendingCommand& pending : part) commands.push_back(&pending.command);
    bool may_be_written = false;
    for (std::chrono::milliseconds backoff{20};; backoff = std::min(backoff * 2, longest_backoff)) {
        WriteAttempt attempt = writer.write(commands);
        if (attempt.end == End::written || attempt.end == End::bad_data) {
            if (failing_since) spdlog::info("the log can be written again");
            failing_since.reset();
            settle(part, std::move(attempt), rest);
            return true;
        }
        if (!failing_since) {
            failing_since = Clock::now();
            spdlog::warn("the log cannot be written: {}", attempt.cause);
        }
        may_be_written = may_be_written || attempt.end == End::unknown;
        if (Clock::now() - *failing_since >= limits.patience) {
            give_up_queue();
            if (!may_be_written) {
                answer_all(part, Unavailable{out_of_reach});
                return true;
            }
        }
        if (!pause(backoff)) {
            abandon(part, may_be_written, attempt.cause);
            for (const Part& unsent : rest) answer_all(unsent, Unavailable{out_of_reach});
            give_up_queue();
            return false;
        }
    }
}

/// A duplicate was written before, and may have been heard of then.
void Appender::State::tell_committed(Part part, const WriteAttempt& attempt) const {
    std::vector<StoredEvent> events;
    for (std::size_t i = 0; i < part.size(); ++i)
        if (const auto* committed = std::get_if<Committed>(&attempt.outcomes[i]);
            committed != nullptr && !committed->duplicate)
            append_stored(part[i].command, *committed, attempt.recorded_at, events);
    if (!events.empty()) listener.committed(std::move(events));
}

void Appender::State::settle(Part part, WriteAttempt attempt, std::vector<Part>& rest) const {
    if (attempt.end == End::written) {
        if (listener.committed) tell_committed(part, attempt);
        for (std::size_t i = 0; i < part.size(); ++i)
            part[i].promise.tell(std::move(attempt.outcomes[i]));
    } else if (part.size() == 1) {
        spdlog::warn("the log refuses a command: {}", attempt.cause);
        answer_all(part, Refused{not_taken});
    } else {
        rest.push_back(part.subspan(part.size() / 2));
        rest.push_back(part.first(part.size() / 2));
    }
}

void Appender::State::abandon(Part part, bool may_be_written, const std::string& cause) {
    if (!may_be_written) {
        answer_all(part, Unavailable{out_of_reach});
        return;
    }
    const auto unknown =
        std::make_exception_ptr(std::runtime_error("the outcome is unknown: " + cause));
    for (PendingCommand& pending : part) pending.promise.fail(unknown);
}

/// False when the time of stop() is over.
bool Appender::State::pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex);
    const bool was_stopping = stopping;
    changed.wait_for(lock, time, [&] { return stopping && !was_stopping; });
    return Clock::now() < stop_deadline;
}

/// Answers what was never sent.
void Appender::State::give_up_queue() {
    std::vector<PendingCommand> unsent;
    {
        const std::lock_guard lock(mutex);
        unsent = queue.take_all();
    }
    answer_all(unsent, Unavailable{out_of_reach});
}

Appender::Appender(std::string url, AppenderLimits limits, Listener listener)
    : state_(std::make_unique<State>(std::move(url), limits, std::move(listener))) {
    state_->thread = std::thread([state = state_.get()] { state->run(); });
    state_->watcher = std::thread([state = state_.get()] { state->watch(); });
}

Appender::~Appender() { stop(); }

PendingOutcome Appender::append(Command command) {
    if (auto fault = fault_of(command)) return PendingOutcome(std::move(*fault));
    PendingCommand pending{std::move(command), {}, 0};
    pending.bytes = bytes_of(pending.command);
    const PendingOutcome outcome = pending.promise.pending();
    bool is_first = false;
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->stopping) return PendingOutcome(Unavailable{"the server is stopping"});
        if (state_->queue.size() >= state_->limits.queued_commands)
            return PendingOutcome(Unavailable{"the queue of the log is full"});
        is_first = state_->queue.empty();
        state_->queue.push(std::move(pending));
    }
    if (is_first) state_->changed.notify_one();
    return outcome;
}

void Appender::stop() {
    {
        const std::lock_guard lock(state_->mutex);
        if (!state_->stopping) {
            state_->stopping = true;
            state_->stop_deadline = Clock::now() + state_->limits.drain;
        }
    }
    state_->changed.notify_all();
    for (std::thread* const thread : {&state_->thread, &state_->watcher})
        if (thread->joinable()) thread->join();
}

std::uint64_t Appender::written() const {
    const std::lock_guard lock(state_->mutex);
    return static_cast<std::uint64_t>(state_->batch_size.sum);
}

std::uint64_t Appender::commits() const {
    const std::lock_guard lock(state_->mutex);
    return state_->batch_size.count;
}

AppenderStats Appender::stats() const {
    const std::lock_guard lock(state_->mutex);
    return {state_->batch_size, state_->seconds, state_->queue.size()};
}

} // namespace throughline
