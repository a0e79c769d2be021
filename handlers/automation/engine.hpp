#pragma once
#include "bus/subscription.hpp"
#include "handlers/automation/event_contexts.hpp"
#include "handlers/automation/loop_guard.hpp"
#include "handlers/automation/rule_book.hpp"
#include "handlers/automation/run_queue.hpp"

#include <functional>

namespace throughline {

/// Sees every event once, in the order of the log, and adds a run for each rule that it matches, in
/// the transaction that moves its checkpoint. A rule counts from the position at which it was
/// enabled and until it was changed; what waits of its runs ends where it is disabled or deleted.
/// What the runs do is the executor's.
class AutomationEngine : public Consumer {
  public:
    /// `on_runs` is called after runs were added for good.
    AutomationEngine(const Registry& registry, const EventContexts& contexts,
                     std::function<void()> on_runs)
        : registry_(registry), contexts_(contexts), on_runs_(std::move(on_runs)) {}

    static constexpr const char* own_name = "automation";
    [[nodiscard]] std::string name() const override { return own_name; }
    void begin(pqxx::transaction_base& transaction) override;
    [[nodiscard]] bool concerns(const StoredEvent& event) const override;
    void apply(pqxx::transaction_base& transaction, std::span<const StoredEvent> events) override;
    void committed() override;

  private:
    /// An event and the rules that wait for it.
    struct Candidate {
        const StoredEvent* event;
        std::vector<RulePtr> rules;
    };
    [[nodiscard]] std::vector<RulePtr> rules_for(const StoredEvent& event) const;
    void ask(std::span<const Candidate> candidates, std::vector<NewRun>& runs);
    [[nodiscard]] NewRun run_of(const CompiledRule& rule, const StoredEvent& event);

    const Registry& registry_;
    const EventContexts& contexts_;
    const std::function<void()> on_runs_;
    RuleBook book_;     // as the log's checkpoint has it
    RuleBook next_;     // after the batch under way
    bool adds_ = false; // whether that batch has runs
    rules::Evaluator evaluator_;
    LoopGuard guard_;
};

} // namespace throughline
