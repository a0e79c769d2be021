#include "handlers/automation/executor.hpp"

#include "bus/ids.hpp"
#include "handlers/identity/rights.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace throughline {

namespace {

constexpr std::chrono::milliseconds pause{200};

bool is_transient(const EffectResult& result) {
    const auto* const failed = std::get_if<Failed>(&result);
    return failed != nullptr && failed->is_transient;
}

} // namespace

RunExecutor::RunExecutor(Parts parts, Actions actions, RetryPolicy policy, std::size_t slots)
    : with_(std::move(parts)), actions_(std::move(actions)), policy_(policy), slots_(slots),
      dispatcher_("runs cannot be taken up", [this] { return take(); }, pause) {}

void RunExecutor::start() {
    for (std::size_t i = 0; i < slots_; ++i) workers_.emplace_back([this] { work(); });
    dispatcher_.start();
}

void RunExecutor::stop() {
    dispatcher_.stop();
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    handed_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
}

/// One slot after the other to who has the fewest, of those that are free. The last quarter of them
/// is for tenants that have none.
std::map<Uuid, std::size_t> RunExecutor::shares(const std::vector<DueTenant>& due) {
    const std::lock_guard lock(mutex_);
    std::size_t taken = 0;
    for (const auto& [tenant, runs] : at_work_) taken += runs;
    const std::size_t most = std::max<std::size_t>(1, slots_ - slots_ / 4);
    std::map<Uuid, std::size_t> shares;
    const auto has = [&](const DueTenant& one) {
        const auto at_work = at_work_.find(one.tenant);
        const auto share = shares.find(one.tenant);
        return (at_work == at_work_.end() ? 0 : at_work->second) +
               (share == shares.end() ? 0 : share->second);
    };
    for (; taken < slots_; ++taken) {
        const DueTenant* least = nullptr;
        for (const DueTenant& one : due) {
            const std::size_t limit = one.is_tripped ? 1 : most;
            if (has(one) < limit && (least == nullptr || has(one) < has(*least))) least = &one;
        }
        if (least == nullptr) break;
        ++shares[least->tenant];
    }
    return shares;
}

/// Takes up due runs for the slots that are free. Whether there were any.
bool RunExecutor::take() {
    const auto due = with_.queue.due();
    const auto wanted = shares(due);
    if (wanted.empty()) return false;
    for (const DueTenant& one : due)
        if (one.is_tripped && wanted.contains(one.tenant)) with_.breakers.probe(one.tenant);
    auto runs = with_.queue.take(wanted);
    if (runs.empty()) return false;
    {
        const std::lock_guard lock(mutex_);
        for (TakenRun& run : runs) {
            ++at_work_[run.tenant];
            ready_.push_back(std::move(run));
        }
    }
    handed_.notify_all();
    return true;
}

void RunExecutor::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        handed_.wait(lock, [this] { return stopping_ || !ready_.empty(); });
        if (stopping_) return;
        TakenRun run = std::move(ready_.front());
        ready_.pop_front();
        lock.unlock();
        try {
            perform(run);
        } catch (const std::exception& fault) {
            // Its lease ends, and it is taken up again.
            spdlog::error("run {} interrupted: {}", to_string(run.id), fault_text(fault));
        }
        lock.lock();
        if (--at_work_[run.tenant] == 0) at_work_.erase(run.tenant);
        dispatcher_.wake();
    }
}

void RunExecutor::perform(TakenRun& run) {
    const auto began = std::chrono::steady_clock::now();
    const RulePtr rule = with_.rules.get(run.tenant, run.rule, run.rule_version);
    if (rule == nullptr)
        throw std::runtime_error("there is no such version of rule " + to_string(run.rule));
    RunFacts facts = facts_of(run, *rule);
    facts.owner = rights_of_member(with_.store, run.tenant, rule->owner);
    RunActions actions(run, *rule, facts, with_.contexts.of(run.event));
    for (std::size_t i = run.next_action; i < rule->actions.size(); ++i) {
        const EffectResult result =
            run.attempts > policy_.attempts
                ? EffectResult(Failed{"The server went away during each attempt.", true})
                : actions.perform(i, actions_);
        const RunStep step = next_step(run, i, i + 1 == rule->actions.size(), result, policy_);
        if (!with_.queue.save(run, step)) return;
        if (!run.is_shadow) with_.breakers.note(run.tenant, !is_transient(result));
        if (step.status == "waiting") return;
        if (step.status != "running") {
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
            with_.metrics.note(run.tenant, run.rule, step.status, took.count());
            with_.on_end();
            return;
        }
        run.attempts = step.attempts;
    }
}

} // namespace throughline
