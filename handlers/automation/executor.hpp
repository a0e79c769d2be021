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
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace throughline {

/// Does what due runs say, action by action, on threads of its own. Slots are shared evenly among
/// the tenants that have due runs, and no tenant has all of them, so that one with many runs, or
/// slow ones, delays others by no more than its share. What a run has done is saved after each
/// action; a run whose process died is taken up by another when its lease is over, at the action
/// that was not saved. Any number of processes may have one.
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
    RunExecutor(Parts parts, Actions actions, RetryPolicy policy, std::size_t slots = 16);
    ~RunExecutor() { stop(); }
    RunExecutor(const RunExecutor&) = delete;
    RunExecutor& operator=(const RunExecutor&) = delete;

    void start();
    /// Lets the actions under way end. Idempotent.
    void stop();
    /// There are new runs: they are looked for at once.
    void wake() { dispatcher_.wake(); }

  private:
    [[nodiscard]] bool take();
    [[nodiscard]] std::map<Uuid, std::size_t> shares(const std::vector<DueTenant>& due);
    void work();
    void perform(TakenRun& run);

    const Parts with_;
    const Actions actions_;
    const RetryPolicy policy_;
    const std::size_t slots_;

    std::mutex mutex_;
    std::condition_variable handed_;
    bool stopping_ = false;
    std::deque<TakenRun> ready_;          // taken, waiting for a worker
    std::map<Uuid, std::size_t> at_work_; // by tenant, those that are ready included
    std::vector<std::thread> workers_;
    BackgroundLoop dispatcher_; // takes up what is due
};

} // namespace throughline
