#include "handlers/automation/executor.hpp"

#include "bus/ids.hpp"
#include "handlers/identity/rights.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

namespace throughline {

namespace {

constexpr std::chrono::milliseconds pause{200};
constexpr std::size_t taken_ahead = 4; // for each slot
/// Then its lease might end while it is done.
constexpr std::chrono::seconds longest_ready{2};

/// The last quarter is for others.
std::size_t most_of_a_tenant(std::size_t all) { return std::max<std::size_t>(1, all - all / 4); }

std::size_t count_of(const std::map<Uuid, std::size_t>& counts, const Uuid& tenant) {
    const auto found = counts.find(tenant);
    return found == counts.end() ? 0 : found->second;
}

void take_one_off(std::map<Uuid, std::size_t>& counts, const Uuid& tenant) {
    if (--counts[tenant] == 0) counts.erase(tenant);
}

bool is_transient(const EffectResult& result) {
    const auto* const failed = std::get_if<Failed>(&result);
    return failed != nullptr && failed->is_transient;
}

} // namespace

RunExecutor::RunExecutor(Parts parts, Actions actions, RetryPolicy policy, std::size_t slots)
    : with_(std::move(parts)), actions_(std::move(actions)), policy_(policy), slots_(slots),
      most_taken_(slots * (1 + taken_ahead)),
      dispatcher_(
          "runs cannot be taken up", [this] { return take(); }, pause),
      saver_("ends of runs cannot be saved", [this] { return save_ended(); }, pause) {}

void RunExecutor::start() {
    for (std::size_t i = 0; i < slots_; ++i) workers_.emplace_back([this] { work(); });
    dispatcher_.start();
    saver_.start();
}

void RunExecutor::begin_stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    handed_.notify_all();
}

bool RunExecutor::is_stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void RunExecutor::stop() {
    begin_stop();
    dispatcher_.stop();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
    saver_.stop();
    try {
        (void)save_ended();
        give_back(std::vector<Ready>(std::make_move_iterator(ready_.begin()),
                                     std::make_move_iterator(ready_.end())));
        ready_.clear();
    } catch (const std::exception& fault) {
        spdlog::error("runs cannot be saved or given back: {}", fault_text(fault));
    }
}

/// Another process takes them up at once.
void RunExecutor::give_back(std::vector<Ready> unbegun) {
    std::vector<TakenRun> runs;
    for (Ready& ready : unbegun) {
        if (ready.is_trial) with_.breakers.end_probe(ready.run.tenant);
        runs.push_back(std::move(ready.run));
    }
    if (!runs.empty()) with_.queue.give_back(runs);
}

/// One after the other to who has the fewest, of those that may be taken.
RunExecutor::Shares RunExecutor::shares(const std::vector<DueTenant>& due) {
    const std::lock_guard lock(mutex_);
    std::size_t taken = 0;
    for (const auto& [tenant, runs] : taken_) taken += runs;
    Shares shares;
    const auto has = [&](const DueTenant& one) {
        return count_of(taken_, one.tenant) + count_of(shares, one.tenant);
    };
    for (; taken < most_taken_; ++taken) {
        const DueTenant* least = nullptr;
        for (const DueTenant& one : due) {
            const std::size_t limit = one.is_tripped ? 1 : most_of_a_tenant(most_taken_);
            if (has(one) < limit && (least == nullptr || has(one) < has(*least))) least = &one;
        }
        if (least == nullptr) break;
        ++shares[least->tenant];
    }
    return shares;
}

/// How many that are ready a worker may have before another run ends: what waits for a slot of its
/// own tenant keeps nobody else's from being taken up. Under the lock.
std::size_t RunExecutor::within_reach() const {
    return static_cast<std::size_t>(std::ranges::count_if(ready_, [&](const Ready& ready) {
        return count_of(at_work_, ready.run.tenant) < most_of_a_tenant(slots_);
    }));
}

/// What was taken up is done, whether or not it can be kept that it is a trial.
void RunExecutor::probe(const Uuid& tenant) {
    try {
        with_.breakers.probe(tenant);
    } catch (const std::exception& fault) {
        spdlog::warn("a breaker cannot be tried: {}", fault_text(fault));
    }
}

/// Takes up due runs ahead of the slots. Whether there were any.
bool RunExecutor::take() {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || within_reach() >= slots_ * taken_ahead / 2)
            return false; // workers ask again
    }
    const auto due = with_.queue.due();
    const Shares wanted = shares(due);
    if (wanted.empty()) return false;
    auto taken = with_.queue.take(wanted);
    if (taken.empty()) return false;
    std::set<Uuid> on_trial;
    for (const DueTenant& one : due)
        if (one.is_tripped && std::ranges::count(taken, one.tenant, &TakenRun::tenant) > 0) {
            probe(one.tenant);
            on_trial.insert(one.tenant);
        }
    auto runs = prepared(std::move(taken));
    for (Ready& ready : runs) ready.is_trial = on_trial.contains(ready.run.tenant);
    if (hand_over(runs)) return true;
    give_back(std::move(runs));
    return false;
}

/// False, and nothing is taken, where the executor has been told to stop.
bool RunExecutor::hand_over(std::vector<Ready>& runs) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return false;
        for (Ready& ready : runs) {
            ++taken_[ready.run.tenant];
            ready_.push_back(std::move(ready));
        }
    }
    handed_.notify_all();
    return true;
}

/// With what they need, read for all runs of a tenant at once.
std::vector<RunExecutor::Ready> RunExecutor::prepared(std::vector<TakenRun> runs) const {
    std::ranges::stable_sort(runs, {}, &TakenRun::tenant);
    std::vector<Ready> all;
    for (TakenRun& run : runs) all.push_back({std::move(run), Clock::now(), {}, {}, {}});
    for (std::size_t from = 0; from < all.size();) {
        std::size_t to = from;
        while (to < all.size() && all[to].run.tenant == all[from].run.tenant) ++to;
        const auto of_a_tenant = std::span(all).subspan(from, to - from);
        try {
            prepare(of_a_tenant);
        } catch (const std::exception&) {
            // One of them has a fault: each by itself, then, by who does it.
            for (Ready& ready : of_a_tenant) ready.rule = nullptr;
        }
        from = to;
    }
    return all;
}

void RunExecutor::prepare(std::span<Ready> of_a_tenant) const {
    const Uuid tenant = of_a_tenant.front().run.tenant;
    std::map<Uuid, Caller> owners;
    std::vector<const StoredEvent*> events;
    for (Ready& ready : of_a_tenant) {
        events.push_back(&ready.run.event);
        ready.rule = with_.rules.get(tenant, ready.run.rule, ready.run.rule_version);
        if (ready.rule == nullptr)
            throw std::runtime_error("there is no such version of rule " +
                                     to_string(ready.run.rule));
        auto [owner, is_new] = owners.try_emplace(ready.rule->owner);
        if (is_new) owner->second = rights_of_member(with_.store, tenant, owner->first);
        ready.owner = owner->second;
    }
    auto contexts = with_.contexts.of(tenant, events);
    for (std::size_t i = 0; i < contexts.size(); ++i)
        of_a_tenant[i].context = std::move(contexts[i]);
}

/// The first of whose tenant has the fewest slots; nothing where all have enough. Under the lock.
std::optional<RunExecutor::Ready> RunExecutor::next() {
    auto best = ready_.end();
    for (auto ready = ready_.begin(); ready != ready_.end(); ++ready) {
        const std::size_t has = count_of(at_work_, ready->run.tenant);
        if (has < most_of_a_tenant(slots_) &&
            (best == ready_.end() || has < count_of(at_work_, best->run.tenant)))
            best = ready;
    }
    if (best == ready_.end()) return std::nullopt;
    std::optional<Ready> found(std::move(*best));
    ready_.erase(best);
    ++at_work_[found->run.tenant];
    return found;
}

void RunExecutor::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        std::optional<Ready> ready;
        handed_.wait(lock, [&] { return stopping_ || (ready = next()); });
        if (stopping_) return;
        lock.unlock();
        finish(*ready);
        if (ready->is_trial) with_.breakers.end_probe(ready->run.tenant);
        lock.lock();
        take_one_off(taken_, ready->run.tenant);
        take_one_off(at_work_, ready->run.tenant);
        handed_.notify_one(); // for who has a slot again
        if (within_reach() < slots_ * taken_ahead / 2) dispatcher_.wake();
    }
}

void RunExecutor::finish(Ready& ready) {
    try {
        if (Clock::now() - ready.taken > longest_ready)
            with_.queue.give_back({&ready.run, 1});
        else
            perform(ready);
    } catch (const std::exception& fault) {
        spdlog::error("run {} interrupted: {}", to_string(ready.run.id), fault_text(fault));
        // Its lease ends, and it is taken up again, unless that was often enough.
        if (ready.run.attempts <= policy_.attempts) return;
        RunStep step;
        step.status = "dead";
        step.reason = "The server met a fault each time: " + fault_text(fault);
        step.next_action = ready.run.next_action;
        hand_to_saver(ready.run, step);
    }
}

void RunExecutor::hand_to_saver(const TakenRun& run, const RunStep& step) {
    {
        const std::lock_guard lock(mutex_);
        ended_.emplace_back(run, step);
    }
    saver_.wake();
}

/// What cannot be saved stays for the next time; by then a run may be another's, who then does its
/// last action again under the same key.
bool RunExecutor::save_ended() {
    save_one_by_one();
    std::vector<Ended> runs;
    {
        const std::lock_guard lock(mutex_);
        runs.swap(ended_);
    }
    if (runs.empty()) return false;
    save_together(std::move(runs));
    with_.on_end();
    return true;
}

void RunExecutor::save_together(std::vector<Ended> runs) {
    try {
        with_.queue.save(runs);
    } catch (const std::exception& fault) {
        if (is_connection_loss(fault)) {
            const std::lock_guard lock(mutex_);
            ended_.insert(ended_.begin(), runs.begin(), runs.end());
            throw;
        }
        for (Ended& ended : runs)
            unsaved_.push_back({std::move(ended), Clock::now() + RunQueue::lease});
        save_one_by_one();
    }
}

void RunExecutor::save_one_by_one() {
    for (auto one = unsaved_.begin(); one != unsaved_.end();)
        one = is_settled(*one) ? unsaved_.erase(one) : std::next(one);
}

/// Whether a run is saved, or given up: once its lease is over it is taken up again.
bool RunExecutor::is_settled(const Unsaved& one) const {
    const auto& [run, step] = one.ended;
    try {
        (void)with_.queue.save(run, step); // or it is not ours any more
        return true;
    } catch (const std::exception& fault) {
        if (is_connection_loss(fault)) throw;
        if (Clock::now() < one.until) return false;
        spdlog::error("the end of run {} cannot be saved: {}", to_string(run.id),
                      fault_text(fault));
        return true;
    }
}

void RunExecutor::perform(Ready& ready) {
    const auto began = Clock::now();
    if (ready.rule == nullptr) prepare({&ready, 1});
    TakenRun& run = ready.run;
    RunFacts facts = facts_of(run, *ready.rule);
    facts.owner = ready.owner;
    RunActions actions(run, *ready.rule, facts, std::move(ready.context));
    const std::size_t count = ready.rule->actions.size();
    for (std::size_t i = run.next_action; i < count; ++i) {
        const EffectResult result =
            run.attempts > policy_.attempts
                ? EffectResult(Failed{"The server went away during each attempt.", true})
                : actions.perform(i, actions_);
        if (is_transient(result) && is_stopping()) { // perhaps since what it needs has stopped
            with_.queue.give_back({&run, 1});
            return;
        }
        const RunStep step = next_step(run, i, i + 1 == count, result, policy_);
        const bool goes_on = step.status == "running";
        if (goes_on && !with_.queue.save(run, step)) return;
        if (!goes_on) hand_to_saver(run, step);
        if (!run.is_shadow) with_.breakers.note(run.tenant, !is_transient(result));
        if (goes_on) {
            run.next_action = step.next_action;
            run.attempts = step.attempts;
            if (!is_stopping()) continue;
            with_.queue.give_back({&run, 1});
            return;
        }
        if (step.status == "waiting") return;
        const std::chrono::duration<double> took = Clock::now() - began;
        with_.metrics.took(run.tenant, run.rule, took.count());
        return;
    }
}

} // namespace throughline
