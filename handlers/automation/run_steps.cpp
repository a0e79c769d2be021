#include "handlers/automation/run_steps.hpp"

#include "bus/ids.hpp"
#include "handlers/automation/event_contexts.hpp"

#include <algorithm>
#include <random>

namespace throughline {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_output_bytes = 640 * 1024; // a text of 256 KiB, escaped, and headers
constexpr std::size_t most_outputs_bytes = 2 * 1024 * 1024; // of all actions of a run
constexpr std::size_t sure_output_bytes = 64 * 1024;        // whatever the others have
constexpr std::size_t most_member_bytes = 4 * 1024;         // of an output that is cut
constexpr std::size_t most_input_bytes = 1024 * 1024;
constexpr std::size_t most_inputs_bytes = 4 * most_input_bytes; // of all actions of a run
constexpr int most_levels = 64; // as of a body; the ledger is read to 128

bool is_deeper(const Json& value, int levels) {
    const auto goes_on = [&](const Json& item) { return is_deeper(item, levels - 1); };
    if (const JsonArray* const items = value.array())
        return levels == 0 || std::ranges::any_of(*items, goes_on);
    if (const JsonObject* const members = value.object())
        return levels == 0 || std::ranges::any_of(*members, goes_on, &JsonMember::value);
    return false;
}

bool fits(const Json& value, int levels, std::size_t bytes) {
    return !is_deeper(value, levels) && to_text(value).size() <= bytes;
}

/// As the ledger keeps it: what is larger would make it one that cannot be read or saved.
Json kept(Json value, std::size_t most_bytes) {
    if (fits(value, most_levels, most_bytes)) return value;
    return JsonObject{{"truncated", true}};
}

/// Later actions see it, so that of one too large the short members stay.
Json kept_output(Json output, std::size_t most_bytes) {
    JsonObject* const members = output.object();
    if (members == nullptr || fits(output, most_levels, most_bytes))
        return kept(std::move(output), most_bytes);
    for (JsonMember& member : *members)
        if (!fits(member.value, most_levels - 1, most_member_bytes)) member.value = Json();
    members->set("truncated", true);
    return kept(std::move(output), sure_output_bytes);
}

milliseconds backoff(int attempts, const RetryPolicy& policy) {
    const auto doubled = policy.first_backoff * (1LL << std::clamp(attempts - 1, 0, 20));
    const auto longest = std::min<milliseconds>(policy.longest_backoff, doubled);
    thread_local std::mt19937_64 random{std::random_device{}()};
    return longest / 2 + milliseconds(std::uniform_int_distribution<std::int64_t>(
                             0, longest.count() / 2)(random));
}

/// What the ledger says of an attempt.
struct Entry {
    std::string status;
    Json error;
    Json output;
};

Entry entry_after(const EffectResult& result) {
    if (const auto* const done = std::get_if<Done>(&result)) return {"succeeded", {}, done->output};
    if (const auto* const later = std::get_if<DoneAt>(&result))
        return {"succeeded", {}, JsonObject{{"until", to_rfc3339(later->time)}}};
    const Failed& failed = std::get<Failed>(result);
    return {failed.is_transient ? "waiting" : "failed", failed.detail, failed.output};
}

RunStep retry(const TakenRun& run, std::size_t action, const Failed& failed,
              const RetryPolicy& policy) {
    RunStep step;
    step.next_action = action;
    step.attempts = run.attempts;
    if (!failed.is_transient) {
        step.status = "failed";
        step.reason = failed.detail;
    } else if (run.attempts >= policy.attempts) {
        step.status = "dead";
        step.reason = "Tried " + std::to_string(run.attempts) + " times. " + failed.detail;
    } else {
        step.status = "waiting";
        step.wait = std::max<milliseconds>(backoff(run.attempts, policy),
                                           failed.retry_after.value_or(std::chrono::seconds(0)));
    }
    return step;
}

} // namespace

RunFacts facts_of(const TakenRun& run, const CompiledRule& rule) {
    RunFacts facts;
    facts.tenant = run.tenant;
    facts.run = run.id;
    facts.rule = run.rule;
    facts.rule_name = rule.name;
    facts.trigger_type = rule.trigger_type();
    facts.subject = run.subject;
    facts.event = run.event;
    return facts;
}

Uuid effect_id(const Uuid& run, std::size_t action) {
    return derived_uuid(run, "action " + std::to_string(action));
}

RunActions::RunActions(TakenRun& run, const CompiledRule& rule, const RunFacts& facts,
                       JsonObject context)
    : run_(run), rule_(rule), facts_(facts), context_(std::move(context)) {}

Json RunActions::context() const {
    JsonArray outputs;
    for (const Json& entry : run_.actions) outputs.push_back(value_of(entry, "output"));
    JsonObject context = context_;
    context.set("actions", std::move(outputs));
    return context;
}

JsonObject RunActions::entry_of(std::size_t action) const {
    if (action < run_.actions.size()) return *run_.actions[action].object();
    return {{"type", std::string(rule_.actions[action].type->name)},
            {"effect_id", to_string(effect_id(run_.id, action))},
            {"status", "running"},
            {"attempts", JsonArray{}}};
}

std::size_t RunActions::taken_by_others(std::size_t action, std::string_view member) const {
    std::size_t taken = 0;
    for (std::size_t i = 0; i < run_.actions.size(); ++i) {
        const Json* const value = run_.actions[i].find(member);
        if (i != action && value != nullptr) taken += to_text(*value).size();
    }
    return taken;
}

std::size_t RunActions::room_for_input(std::size_t action) const {
    const std::size_t taken = taken_by_others(action, "input");
    return std::min(most_input_bytes, most_inputs_bytes - std::min(taken, most_inputs_bytes));
}

std::size_t RunActions::room_for_output(std::size_t action) const {
    const std::size_t taken = taken_by_others(action, "output");
    return std::clamp(most_outputs_bytes - std::min(taken, most_outputs_bytes), sure_output_bytes,
                      most_output_bytes);
}

EffectResult RunActions::perform(std::size_t action, const Actions& actions) {
    const Json seen = context();
    std::vector<rules::TemplateWarning> warnings;
    Effect effect{effect_id(run_.id, action), facts_, std::string(rule_.actions[action].type->name),
                  rules::rendered_parameters(rule_.actions[action],
                                             {seen, run_.event.time, zone_in(seen)},
                                             "/actions/" + std::to_string(action), warnings)};
    const Time at = now();
    const auto began = Clock::now();
    const EffectResult result = attempt(effect, actions);
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - began);

    JsonObject entry = entry_of(action);
    Entry after = entry_after(result);
    entry.set("status", run_.is_shadow ? "shadow" : after.status);
    entry.find("attempts")
        ->array()
        ->push_back(JsonObject{{"at", to_rfc3339(at)}, {"error", std::move(after.error)}});
    entry.set("input", kept(std::move(effect.parameters), room_for_input(action)));
    entry.set("output", kept_output(std::move(after.output), room_for_output(action)));
    entry.set("duration_ms", took.count());
    JsonArray told;
    for (const auto& warning : warnings)
        told.push_back(JsonObject{{"pointer", warning.pointer}, {"detail", warning.detail}});
    if (!told.empty()) entry.set("warnings", std::move(told));
    if (action < run_.actions.size())
        run_.actions[action] = std::move(entry);
    else
        run_.actions.emplace_back(std::move(entry));
    return result;
}

EffectResult RunActions::attempt(const Effect& effect, const Actions& actions) const {
    if (run_.is_shadow) return Done{};
    const auto perform = actions.find(effect.type);
    if (perform == actions.end())
        return Failed{"This server does not know the action " + effect.type + ".", true};
    try {
        return perform->second(effect);
    } catch (const std::exception& fault) {
        return Failed{"The server met a fault: " + fault_text(fault), true};
    }
}

RunStep next_step(const TakenRun& run, std::size_t action, bool is_last, const EffectResult& result,
                  const RetryPolicy& policy) {
    if (const auto* const failed = std::get_if<Failed>(&result))
        return retry(run, action, *failed, policy);
    RunStep step;
    step.next_action = action + 1;
    if (is_last) {
        step.status = "succeeded";
    } else if (const auto* const later = std::get_if<DoneAt>(&result)) {
        step.status = "waiting";
        step.until = later->time;
    } else {
        step.attempts = 1; // the next one begins
    }
    return step;
}

} // namespace throughline
