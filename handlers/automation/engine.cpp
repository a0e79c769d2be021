#include "handlers/automation/engine.hpp"

#include "handlers/automation/rule_match.hpp"

#include <pqxx/pqxx>

#include <map>

namespace throughline {

namespace {

constexpr std::string_view rule_kind = "automation";
constexpr std::string_view trigger_kind = "automation_trigger";

/// Runs that an import keeps for later are held by it until then.
bool ends_import(const StoredEvent& event) {
    return event.type == "import.completed" || event.type == "import.failed";
}

bool may_run(const StoredEvent& event) { return event.origin.run_automations != "no"; }

} // namespace

void AutomationEngine::begin(pqxx::transaction_base& transaction) {
    book_ = RuleBook::load(transaction);
}

bool AutomationEngine::concerns(const StoredEvent& event) const {
    return event.stream.kind == rule_kind || ends_import(event) ||
           (book_.has_any(event.tenant) && may_run(event) &&
            (event.stream.kind == trigger_kind || registry_.find(event.stream.kind) != nullptr));
}

void AutomationEngine::apply(pqxx::transaction_base& transaction,
                             std::span<const StoredEvent> events) {
    next_ = book_;
    guard_.take_back(); // of an attempt that failed
    std::map<Uuid, std::vector<Candidate>> by_tenant;
    std::vector<std::pair<const StoredEvent*, std::string>> ends;
    for (const StoredEvent& event : events) {
        if (event.stream.kind == rule_kind)
            if (std::string why = next_.see(transaction, event); !why.empty())
                ends.emplace_back(&event, std::move(why));
        if (!next_.has_any(event.tenant) || !may_run(event)) continue;
        if (auto rules = rules_for(event); !rules.empty())
            by_tenant[event.tenant].push_back({&event, std::move(rules)});
    }
    std::vector<NewRun> runs;
    for (const auto& [tenant, candidates] : by_tenant) ask(candidates, runs);
    RunQueue::add(transaction, runs);
    for (const auto& [event, why] : ends)
        RunQueue::cancel(transaction, event->tenant, event->stream.id, event->position, why);
    adds_ = !runs.empty();
    for (const StoredEvent& event : events)
        if (ends_import(event)) {
            RunQueue::release(transaction, event.tenant, event.stream.id);
            adds_ = true;
        }
}

void AutomationEngine::committed() {
    book_ = next_;
    guard_.keep();
    if (adds_) on_runs_();
    adds_ = false;
}

std::vector<RulePtr> AutomationEngine::rules_for(const StoredEvent& event) const {
    if (event.stream.kind == trigger_kind) {
        const auto id = parse_uuid(Json(current_data(event)).text("rule_id"));
        RulePtr rule = id ? next_.find(event.tenant, *id) : nullptr;
        return rule == nullptr ? std::vector<RulePtr>{} : std::vector{std::move(rule)};
    }
    const Kind* const kind = registry_.find(event.stream.kind);
    if (kind == nullptr) return {};
    std::vector<RulePtr> found;
    for (const std::string& name : awaited_names(*kind, event, current_data(event))) {
        const auto waiting = next_.waiting(event.tenant, name);
        found.insert(found.end(), waiting.begin(), waiting.end());
    }
    return found;
}

void AutomationEngine::ask(std::span<const Candidate> candidates, std::vector<NewRun>& runs) {
    std::vector<const StoredEvent*> events;
    for (const Candidate& candidate : candidates) events.push_back(candidate.event);
    const auto contexts = contexts_.of(events.front()->tenant, events);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const StoredEvent& event = *candidates[i].event;
        const JsonObject data = current_data(event);
        const SeenEvent seen(event, data, contexts[i]);
        for (const RulePtr& rule : candidates[i].rules)
            if (seen.fires(*rule, evaluator_)) runs.push_back(run_of(*rule, event));
    }
}

NewRun AutomationEngine::run_of(const CompiledRule& rule, const StoredEvent& event) {
    NewRun run;
    run.id = run_id(event.id, rule.id);
    run.tenant = event.tenant;
    run.rule = rule.id;
    run.rule_version = rule.version;
    run.event = event.id;
    run.position = event.position;
    run.subject = contexts_.subject(event);
    run.is_shadow = rule.is_shadow;
    run.refused = guard_.refusal(rule.id, event, run.subject ? &*run.subject : nullptr);
    if (event.origin.run_automations == "later") run.held_by = event.origin.correlation_id;
    return run;
}

} // namespace throughline
