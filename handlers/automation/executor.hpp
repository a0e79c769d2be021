#pragma once
#include "handlers/automation/breakers.hpp"
#include "handlers/automation/event_contexts.hpp"
#include "handlers/automation/rule_versions.hpp"
#include "handlers/automation/run_metrics.hpp"
#include "handlers/automation/run_queue.hpp"
#include "handlers/automation/run_steps.hpp"
#include "handlers/background_loop.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace throughline {

/// Does what due runs say, action by action, on threads of its own. Slots are shared evenly among
/// the tenants that have due runs, and no tenant has all of them, so that one with many runs, or
/// slow ones, delays others by no more than its share. Runs are taken up some ahead, with what they
/// need to begin; one that waits too long for a slot is given back. Ends of runs are saved
/// together, and no slot waits for that; one that cannot be saved holds up no other. What a run has
/// done is saved after each action; a run whose process died is taken up by another when its lease
/// is over, at the action that was not saved. Any number of processes may have one.
class RunExecutor {
  public:
    struct Parts {
        RunQueue& queue;
        EventStore& store;
        RuleVersions& rules;
        const EventContexts& contexts;
        Breakers& breakers;
        RunMetrics& metrics;
        std::function<void()> on_end; // a run has ended
    };
    RunExecutor(Parts parts, Actions actions, RetryPolicy policy, std::size_t slots = 24);
    ~RunExecutor() { stop(); }
    RunExecutor(const RunExecutor&) = delete;
    RunExecutor& operator=(const RunExecutor&) = delete;

    void start();
    /// No run is taken up from now on. One at work ends with the action under way: what follows,
    /// and what failed for now, is another's to do. Idempotent.
    void begin_stop();
    /// Lets the actions under way end, and gives back what was not begun. Idempotent.
    void stop();
    /// There are new runs: they are looked for at once.
    void wake() { dispatcher_.wake(); }

  private:
    using Clock = std::chrono::steady_clock;
    /// A run that was taken up, and what it is made of.
    struct Ready {
        TakenRun run;
        Clock::time_point taken;
        RulePtr rule; // nullptr: not known yet
        Caller owner;
        JsonObject context;
        bool is_trial = false; // of a tenant whose breaker was open
    };
    using Shares = std::map<Uuid, std::size_t>;
    using Ended = std::pair<TakenRun, RunStep>;
    /// The end of a run that was refused among others.
    struct Unsaved {
        Ended ended;
        Clock::time_point until; // then it is somebody else's to do
    };

    void probe(const Uuid& tenant);
    [[nodiscard]] bool take();
    [[nodiscard]] Shares shares(const std::vector<DueTenant>& due);
    [[nodiscard]] std::size_t within_reach() const;
    [[nodiscard]] std::vector<Ready> prepared(std::vector<TakenRun> runs) const;
    void prepare(std::span<Ready> of_a_tenant) const;
    void work();
    [[nodiscard]] std::optional<Ready> next();
    [[nodiscard]] bool hand_over(std::vector<Ready>& runs);
    void give_back(std::vector<Ready> unbegun);
    [[nodiscard]] bool is_stopping();
    void finish(Ready& ready);
    void perform(Ready& ready);
    void hand_to_saver(const TakenRun& run, const RunStep& step);
    [[nodiscard]] bool save_ended();
    void save_together(std::vector<Ended> runs);
    void save_one_by_one();
    [[nodiscard]] bool is_settled(const Unsaved& one) const;

    const Parts with_;
    const Actions actions_;
    const RetryPolicy policy_;
    const std::size_t slots_;
    const std::size_t most_taken_; // at work or ready

    std::mutex mutex_;
    std::condition_variable handed_;
    bool stopping_ = false;
    std::deque<Ready> ready_; // taken, waiting for a worker
    Shares taken_;            // by tenant: at work or ready
    Shares at_work_;
    std::vector<Ended> ended_;   // not saved yet
    std::list<Unsaved> unsaved_; // the saver's own
    std::vector<std::thread> workers_;
    BackgroundLoop dispatcher_; // takes up what is due
    BackgroundLoop saver_;      // saves the ends of runs, many with one commit
};

} // namespace throughline
