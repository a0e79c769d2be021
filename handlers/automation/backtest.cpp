#include "handlers/automation/backtest.hpp"

#include "domain/rules/cron.hpp"
#include "handlers/automation/rule_match.hpp"
#include "handlers/time_zones.hpp"

#include <algorithm>

namespace throughline {

namespace {

constexpr std::size_t page_size = 500;

bool waits_for(const CompiledRule& rule, const std::vector<std::string>& names) {
    return std::ranges::find(names, rule.trigger_type()) != names.end();
}

JsonArray rendered_actions(const CompiledRule& rule, const JsonObject& context, Time at) {
    const Json seen(context);
    JsonArray actions;
    for (std::size_t i = 0; i < rule.actions.size(); ++i) {
        std::vector<rules::TemplateWarning> warnings;
        actions.push_back(JsonObject{
            {"type", std::string(rule.actions[i].type->name)},
            {"rendered", rules::rendered_parameters(rule.actions[i], {seen, at, zone_in(seen)},
                                                    "/actions/" + std::to_string(i), warnings)}});
    }
    return actions;
}

Json subject_text(const std::optional<StreamKey>& subject) {
    return subject ? Json(subject->kind + "/" + to_string(subject->id)) : Json();
}

void list(JsonArray& fires, JsonObject fire) {
    if (fires.size() < most_listed_fires) fires.emplace_back(std::move(fire));
}

class Backtest {
  public:
    Backtest(EventStore& store, const Registry& registry, const EventContexts& contexts,
             const RulePtr& rule, const RulePtr& other, const BacktestSpan& span)
        : store_(store), registry_(registry), contexts_(contexts), rule_(rule), other_(other),
          span_(span) {
        result_.is_compared = other != nullptr;
    }

    BacktestResult run(const std::function<bool(double, const BacktestResult&)>& progress) {
        if (rule_->trigger.text("type") == "cron") ring();
        LogFilter filter;
        filter.tenant = rule_->tenant;
        if (other_ == nullptr || kind_of(*other_) == kind_of(*rule_)) filter.kind = kind_of(*rule_);
        for (std::int64_t at = span_.after; at < span_.up_to;) {
            LogPage page = store_.log(at, page_size, filter);
            at = std::max(at + 1, page.scanned);
            std::erase_if(page.events, [&](const StoredEvent& event) {
                return event.position > span_.up_to || event.origin.run_automations == "no";
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
        if (rule.trigger.text("type") != "event" || type.ends_with(".due_soon"))
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
        std::vector<const StoredEvent*> asked;
        for (const StoredEvent& event : events) {
            const auto names = names_of(event, current_data(event));
            const bool is_others = other_ != nullptr && waits_for(*other_, names);
            if (waits_for(*rule_, names) || is_others) asked.push_back(&event);
        }
        const auto contexts = contexts_.of(rule_->tenant, asked);
        for (std::size_t i = 0; i < asked.size(); ++i) look_at(*asked[i], contexts[i]);
    }

    void look_at(const StoredEvent& event, const JsonObject& context) {
        ++result_.events;
        const JsonObject data = current_data(event);
        const auto names = names_of(event, data);
        const SeenEvent seen(event, data, context);
        const auto fires = [&](const CompiledRule& rule) {
            return waits_for(rule, names) && seen.fires(rule, evaluator_);
        };
        const bool is_new = fires(*rule_);
        const JsonObject place{{"position", event.position},
                               {"subject", subject_text(contexts_.subject(event))}};
        if (is_new) {
            ++result_.matched;
            JsonObject fire = place;
            fire.append("actions", rendered_actions(*rule_, context, event.time));
            list(result_.fires, std::move(fire));
        }
        if (other_ == nullptr) return;
        const bool is_old = fires(*other_);
        if (is_old && !is_new) list(result_.only_old, place);
        if (is_new && !is_old) list(result_.only_new, place);
    }

    /// A schedule fires at its times, whatever the log has.
    void ring() {
        const auto cron = rules::Cron::parse(rule_->trigger.text("cron"));
        const std::string zone_name = rule_->trigger.text("timezone", "UTC");
        const auto* const zone =
            find_time_zone(cron->zone_name().empty() ? zone_name : cron->zone_name());
        if (zone == nullptr) return;
        JsonObject context{{"tenant", contexts_.tenant(rule_->tenant, span_.up_to)}};
        Time before = span_.from - std::chrono::microseconds(1);
        while (const auto at = cron->next(before, *zone)) {
            if (*at > span_.to || result_.matched >= static_cast<std::int64_t>(100'000)) return;
            before = *at;
            ++result_.matched;
            if (result_.fires.size() < most_listed_fires)
                list(result_.fires, {{"position", nullptr},
                                     {"subject", nullptr},
                                     {"at", to_rfc3339(*at)},
                                     {"actions", rendered_actions(*rule_, context, *at)}});
        }
    }

    EventStore& store_;
    const Registry& registry_;
    const EventContexts& contexts_;
    const RulePtr rule_;
    const RulePtr other_;
    const BacktestSpan span_;
    rules::Evaluator evaluator_;
    BacktestResult result_;
};

} // namespace

JsonObject BacktestResult::to_json() const {
    JsonObject json{{"fires", fires}};
    if (is_compared)
        json.append("compared", JsonObject{{"only_old", only_old}, {"only_new", only_new}});
    return json;
}

BacktestResult backtest(EventStore& store, const Registry& registry, const EventContexts& contexts,
                        const RulePtr& rule, const RulePtr& other, const BacktestSpan& span,
                        const std::function<bool(double, const BacktestResult&)>& progress) {
    return Backtest(store, registry, contexts, rule, other, span).run(progress);
}

} // namespace throughline
