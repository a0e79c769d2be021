#pragma once
#include "bus/event.hpp"
#include "domain/record/kind.hpp"
#include "domain/rules/text_reader.hpp"
#include "handlers/automation/compiled_rule.hpp"

namespace date {
class time_zone;
}

namespace throughline {

/// An event and what rules see of it, for as long as rules are asked about it.
class SeenEvent {
  public:
    /// The first two outlive it.
    SeenEvent(const StoredEvent& event, const JsonObject& data, const JsonObject& context);
    /// Whether a rule that waits for this event fires: its conditions hold, and so does its trigger
    /// where that is more than a name (deal.high_value).
    [[nodiscard]] bool fires(const CompiledRule& rule, rules::Evaluator& evaluator) const;

  private:
    [[nodiscard]] bool is_triggered(const CompiledRule& rule) const;

    const StoredEvent& event_;
    const JsonObject& data_;
    const Json context_; // what the document holds on to
    const date::time_zone& zone_;
    rules::Document document_;
    rules::Value value_;
};

/// The names under which rules wait for an event of a record (rules/triggers.hpp), deal.high_value
/// among them.
[[nodiscard]] std::vector<std::string> awaited_names(const Kind& kind, const StoredEvent& event,
                                                     const JsonObject& data);

} // namespace throughline
