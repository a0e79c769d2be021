#include "handlers/automation/backtest.hpp"

#include "bus/ids.hpp"
#include "handlers/automation/clocks.hpp"
#include "handlers/automation/rule_match.hpp"

#include <algorithm>

namespace throughline {

namespace {

constexpr std::size_t page_size = 100; // what rules see of them is in memory together
constexpr std::size_t most_rendered_bytes = 8U << 20; // in all fires that are listed

bool waits_for_due(const CompiledRule& rule) { return rule.trigger_type().ends_with(".due_soon"); }

bool waits_for(const CompiledRule& rule, const std::vector<std::string>& names) {
    return std::ranges::find(names, rule.trigger_type()) != names.end();
}

Json subject_text(const std::optional<StreamKey>& subject) {
    return subject ? Json(subject->kind + "/" + to_string(subject->id)) : Json();
}

bool has_room(const JsonArray& fires) { return fires.size() < most_listed_fires; }

void list(JsonArray& fires, JsonObject fire) {
    if (has_room(fires)) fires.emplace_back(std::move(fire));
}

/// What one of the versions waits for.
struct Asked {
    StoredEvent event;
    bool by_rule = false;
    bool by_other = false;
    bool is_logged = true; // rings of a clock are made up
};

/// What a rule's clock appends when it rings.
StoredEvent ring_of(const CompiledRule& rule, Time at) {
    StoredEvent event;
    event.id = derived_uuid(rule.id, "cron " + to_rfc3339(at));
    event.stream = {"automation_trigger", event.id};
    event.version = 1;
    event.tenant = rule.tenant;
    event.type = "automation_trigger.created";
    event.data = to_text(JsonObject{{"rule_id", to_string(rule.id)},
                                    {"source", "cron"},
                                    {"scheduled_at", to_rfc3339(at)},
                                    {"missed", 0}});
    event.time = event.recorded_at = at;
    return event;
}

class Backtest {
  public:
    using Progress = std::function<bool(double, const BacktestResult&)>;

    Backtest(EventStore& store, LogIndex& index, const Registry& registry,
             const EventContexts& contexts, const RulePtr& rule, const RulePtr& other,
             const BacktestSpan& span)
        : store_(store), index_(index), registry_(registry), contexts_(contexts), rule_(rule),
          other_(other), span_(span) {
        result_.is_compared = other != nullptr;
        if (waits_for_due(*rule) || (other != nullptr && waits_for_due(*other)))
            result_.warnings.push_back(JsonObject{
                {"pointer", "/trigger"},
                {"detail", "What came due is known from when the rule waited for it, enabled: what"
                           " came due before that, or within another lead time, is left out."}});
    }

    BacktestResult run(const Progress& progress) {
        if (!ring(progress)) return std::move(result_);
        LogFilter filter;
        filter.tenant = rule_->tenant;
        if (other_ == nullptr || kind_of(*other_) == kind_of(*rule_)) filter.kind = kind_of(*rule_);
        for (std::int64_t at = span_.after; at < span_.up_to;) {
            LogPage page = store_.log(at, page_size, filter);
            at = std::max(at + 1, page.scanned);
            std::erase_if(page.events, [&](const StoredEvent& event) {
                return event.position > span_.up_to || event.time < span_.from ||
                       event.time > span_.to || event.origin.run_automations == "no";
            });
            look_at(page.events);
            const auto length = static_cast<double>(span_.up_to - span_.after);
            if (!progress(std::min(1.0, static_cast<double>(at - span_.after) / length), result_))
                break;
        }
        return std::move(result_);
    }

  private:
    /// Of the streams whose events it waits for.
    static std::string kind_of(const CompiledRule& rule) {
        const std::string type = rule.trigger_type();
        if (rule.trigger.text("type") != "event" || waits_for_due(rule))
            return "automation_trigger";
        return type.substr(0, type.find('.'));
    }

    [[nodiscard]] std::vector<std::string> names_of(const StoredEvent& event,
                                                    const JsonObject& data) const {
        if (const Kind* const kind = registry_.find(event.stream.kind))
            return awaited_names(*kind, event, data);
        const Json fields(data);
        const bool is_own = event.stream.kind == "automation_trigger" &&
                            fields.text("rule_id") == to_string(rule_->id) &&
                            fields.text("source") != "cron"; // these are counted by the schedule
        return is_own ? std::vector{rule_->trigger_type()} : std::vector<std::string>{};
    }

    void look_at(const std::vector<StoredEvent>& events) {
        std::vector<Asked> asked;
        for (const StoredEvent& event : events) {
            const auto names = names_of(event, current_data(event));
            const bool by_rule = waits_for(*rule_, names);
            const bool by_other = other_ != nullptr && waits_for(*other_, names);
            if (by_rule || by_other) asked.push_back({event, by_rule, by_other});
        }
        ask(asked);
    }

    void ask(const std::vector<Asked>& all) {
        std::vector<const StoredEvent*> events;
        for (const Asked& asked : all) events.push_back(&asked.event);
        const auto contexts = contexts_.of(rule_->tenant, events);
        for (std::size_t i = 0; i < all.size(); ++i) ask(all[i], contexts[i]);
    }

    /// Once there is no room for more, as the ledger of a run has what it does not keep.
    [[nodiscard]] JsonArray rendered_actions(const JsonObject& context, Time at) {
        const Json seen(context);
        JsonArray actions;
        for (const rules::Action& action : rule_->actions) {
            JsonObject rendered{{"truncated", true}};
            if (room_ > 0) {
                std::vector<rules::TemplateWarning> warnings;
                JsonObject whole = rules::rendered_parameters(action, {seen, at, zone_in(seen)},
                                                              action.pointer, warnings);
                const std::size_t bytes = to_text(whole).size();
                if (bytes <= room_) rendered = std::move(whole);
                room_ -= std::min(bytes, room_);
            }
            actions.push_back(JsonObject{{"type", std::string(action.type->name)},
                                         {"rendered", std::move(rendered)}});
        }
        return actions;
    }

    void ask(const Asked& asked, const JsonObject& context) {
        ++result_.events;
        const StoredEvent& event = asked.event;
        const JsonObject data = current_data(event);
        const SeenEvent seen(event, data, context);
        const bool is_new = asked.by_rule && seen.fires(*rule_, evaluator_);
        const JsonObject place = place_of(asked);
        if (is_new) {
            ++result_.matched;
            JsonObject fire = place;
            if (has_room(result_.fires))
                fire.append("actions", rendered_actions(context, event.time));
            list(result_.fires, std::move(fire));
        }
        if (other_ == nullptr) return;
        const bool is_old = asked.by_other && seen.fires(*other_, evaluator_);
        if (is_old && !is_new) list(result_.only_old, place);
        if (is_new && !is_old) list(result_.only_new, place);
    }

    [[nodiscard]] JsonObject place_of(const Asked& asked) const {
        JsonObject place{{"position", asked.is_logged ? Json(asked.event.position) : Json()},
                         {"subject", subject_text(contexts_.subject(asked.event))}};
        if (!asked.is_logged) place.append("at", to_rfc3339(asked.event.time));
        return place;
    }

    void warn_of_rest(Time from) {
        result_.warnings.push_back(JsonObject{
            {"pointer", "/trigger"},
            {"detail", "It rang " + std::to_string(span_.most_rings) + " times: those from " +
                           to_rfc3339(from) + " on are left out."}});
    }

    /// A schedule fires at its times, whatever the log has. Whether to go on.
    [[nodiscard]] bool ring(const Progress& progress) {
        const Time end = std::min(span_.to, now()); // it has yet to ring after that
        const Time before = span_.from - std::chrono::microseconds(1);
        auto own = next_ring(*rule_, before);
        auto others = other_ == nullptr ? std::nullopt : next_ring(*other_, before);
        bool goes_on = true;
        std::vector<Asked> rings;
        for (int count = 0; goes_on && (own || others); ++count) {
            const Time at = std::min(own.value_or(Time::max()), others.value_or(Time::max()));
            if (at > end) break;
            if (count == span_.most_rings) {
                warn_of_rest(at);
                break;
            }
            rings.push_back({ring_of(*rule_, at), own == at, others == at, false});
            if (own == at) own = next_ring(*rule_, at);
            if (others == at) others = next_ring(*other_, at);
            if (rings.size() < page_size) continue;
            ask_placed(rings);
            rings.clear();
            goes_on = progress(0, result_);
        }
        ask_placed(rings);
        return goes_on;
    }

    /// Each where the log was then; a time before the tenant's sees it as it began.
    void ask_placed(std::vector<Asked>& rings) {
        if (rings.empty()) return;
        if (began_ == 0)
            began_ = store_.stream(rule_->tenant, {"tenant", rule_->tenant}, 0, 1).front().position;
        std::vector<Time> times;
        for (const Asked& ring : rings) times.push_back(ring.event.time);
        const auto positions = index_.positions_at(times);
        for (std::size_t i = 0; i < rings.size(); ++i)
            rings[i].event.position = std::max(began_, positions[i]);
        ask(rings);
    }

    EventStore& store_;
    LogIndex& index_;
    const Registry& registry_;
    const EventContexts& contexts_;
    const RulePtr rule_;
    const RulePtr other_;
    const BacktestSpan span_;
    std::size_t room_ = most_rendered_bytes; // for what actions are given
    std::int64_t began_ = 0;                 // the tenant's first position, once it is known
    rules::Evaluator evaluator_;
    BacktestResult result_;
};

} // namespace

JsonObject BacktestResult::to_json() const {
    JsonObject json{{"fires", fires}, {"warnings", warnings}};
    if (is_compared)
        json.append("compared", JsonObject{{"only_old", only_old}, {"only_new", only_new}});
    return json;
}

BacktestResult backtest(EventStore& store, LogIndex& index, const Registry& registry,
                        const EventContexts& contexts, const RulePtr& rule, const RulePtr& other,
                        const BacktestSpan& span,
                        const std::function<bool(double, const BacktestResult&)>& progress) {
    return Backtest(store, index, registry, contexts, rule, other, span).run(progress);
}

} // namespace throughline
