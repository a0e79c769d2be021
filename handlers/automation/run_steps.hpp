#pragma once
#include "handlers/automation/breakers.hpp"
#include "handlers/automation/compiled_rule.hpp"
#include "handlers/automation/effect.hpp"
#include "handlers/automation/run_queue.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// How often an action is tried, and how long apart.
struct RetryPolicy {
    int attempts = 8;
    std::chrono::milliseconds first_backoff{1000}; // doubles with each attempt
    std::chrono::milliseconds longest_backoff{600'000};
};

[[nodiscard]] RunFacts facts_of(const TakenRun& run, const CompiledRule& rule);
/// The same at every attempt.
[[nodiscard]] Uuid effect_id(const Uuid& run, std::size_t action);

/// The actions of one run: renders them with what the rule sees and with what earlier ones gave,
/// has them done, and writes what came of it into the run's ledger.
class RunActions {
  public:
    RunActions(TakenRun& run, const CompiledRule& rule, const RunFacts& facts, JsonObject context);
    /// Blocks as long as the action does. In shadow mode nothing is done.
    [[nodiscard]] EffectResult perform(std::size_t action, const Actions& actions);

  private:
    [[nodiscard]] EffectResult attempt(const Effect& effect, const Actions& actions) const;
    [[nodiscard]] JsonObject entry_of(std::size_t action) const;
    [[nodiscard]] std::size_t taken_by_others(std::size_t action, std::string_view member) const;
    [[nodiscard]] std::size_t room_for_input(std::size_t action) const;
    [[nodiscard]] std::size_t room_for_output(std::size_t action) const;
    [[nodiscard]] Json context() const;

    TakenRun& run_;
    const CompiledRule& rule_;
    const RunFacts& facts_;
    JsonObject context_;
};

/// Where a run stands after an attempt of an action, `last` if no other follows it. A transient
/// failure waits twice as long each time, half of it by chance, or as long as the other side asked.
[[nodiscard]] RunStep next_step(const TakenRun& run, std::size_t action, bool is_last,
                                const EffectResult& result, const RetryPolicy& policy);

} // namespace throughline
