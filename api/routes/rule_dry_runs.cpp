#include "api/routes/rule_dry_runs.hpp"

#include "api/event_sight.hpp"
#include "api/routes/rows.hpp"
#include "bus/ids.hpp"
#include "domain/rules/action_checks.hpp"
#include "domain/rules/awaits.hpp"
#include "domain/rules/dry_run.hpp"
#include "domain/rules/sample_context.hpp"
#include "domain/schema_words.hpp"
#include "handlers/automation/compiled_rule.hpp"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace throughline {

namespace {

/// What a rule is tried on.
struct Trial {
    JsonObject context;
    Time at{};
    bool is_awaited = true; // whether the rule waits for such an event
    std::string event;      // its type
};

Rejection wrong(const char* pointer, const char* code, const char* detail) {
    return invalid({{pointer, code, detail}});
}

struct Handlers {
    RuleDryRunRoutes with;

    [[nodiscard]] JsonObject tenant(const Request& request) const {
        return with.contexts.tenant(request.principal->tenant_id,
                                    with.answers.store.head_position());
    }

    [[nodiscard]] Json caller(const Request& request) const {
        const Principal& caller = *request.principal;
        const std::array key{StreamKey{"user", caller.user_id}};
        const StreamHead head = with.answers.store.heads(caller.tenant_id, key).front();
        const Json state = head.version == 0 ? Json() : parse_json(head.state);
        return JsonObject{{"id", to_string(caller.user_id)},
                          {"name", caller.name},
                          {"email", state.text("email")}};
    }

    /// What the tenant sets as high value.
    [[nodiscard]] double threshold(const Request& request) const {
        const Record settings = with.tenants.settings(request.principal->tenant_id);
        return std::stod(settings.fields.find("high_value_threshold")->number()->digits);
    }

    [[nodiscard]] Trial of_sample(const Request& request, const CompiledRule& rule,
                                  const JsonObject& sample) const {
        rules::ContextSource source;
        source.event_id = to_string(new_id());
        source.time = now();
        source.user = caller(request);
        source.tenant = tenant(request);
        Trial trial;
        trial.at = source.time;
        trial.event = "the sample's";
        trial.context =
            rules::sample_context(with.answers.registry, rule.trigger, sample, std::move(source));
        trial.is_awaited = rules::awaits_sample(
            {rule.trigger, rule.written_conditions, threshold(request)}, trial.context);
        return trial;
    }

    [[nodiscard]] bool is_awaited(const Request& request, const CompiledRule& rule,
                                  const StoredEvent& event) const {
        const JsonObject data = current_data(event);
        if (event.stream.kind == "automation_trigger")
            return Json(data).text("rule_id") == to_string(rule.id);
        const Kind* const kind = with.answers.registry.find(event.stream.kind);
        return kind != nullptr &&
               rules::awaits({rule.trigger, rule.written_conditions, threshold(request)}, *kind,
                             event.type, data);
    }

    [[nodiscard]] Result<Trial> of_event(const Request& request, const CompiledRule& rule,
                                         const Json& written) const {
        const auto id = written.string() == nullptr ? std::nullopt : parse_uuid(*written.string());
        if (!id) return wrong("/event_id", "invalid_format", "An event's id is expected.");
        const Principal& caller = *request.principal;
        const auto event = with.answers.store.event(caller.tenant_id, *id);
        const EventSight sight(with.answers.store, with.answers.registry);
        if (!event || !sight.sees(caller.tenant_id, caller.caller(), *event))
            return wrong("/event_id", "unknown_reference", "There is no such event.");
        return Trial{with.contexts.of(*event), event->time, is_awaited(request, rule, *event),
                     event->type};
    }

    [[nodiscard]] Result<Trial> trial_of(const Request& request, const CompiledRule& rule) const {
        const JsonObject& body = *request.json->object();
        for (const auto& [name, value] : body)
            if (name != "sample_data" && name != "event_id") {
                std::string pointer = "/";
                append_pointer_token(pointer, name);
                return wrong(pointer.c_str(), "unknown_field", "A test has no such field.");
            }
        const Json* const sample = body.find("sample_data");
        const Json* const event = body.find("event_id");
        if (sample != nullptr && event != nullptr)
            return wrong("/event_id", "invalid_choice", "Either sample_data or event_id is given.");
        if (event != nullptr) return of_event(request, rule, *event);
        if (sample == nullptr)
            return wrong("/sample_data", "required", "Sample data or an event_id is needed.");
        if (sample->object() == nullptr)
            return wrong("/sample_data", "invalid_type", "Sample data is an object.");
        return of_sample(request, rule, *sample->object());
    }

    /// A rule that was saved long ago may say what would be refused today.
    void warn_of_faults(const Request& request, const std::vector<rules::Action>& actions,
                        rules::DryRun& run) const {
        std::vector<FieldError> faults = rules::lasting_faults(actions);
        std::ranges::move(with.values.faults(request.principal->tenant_id, actions),
                          std::back_inserter(faults));
        for (const FieldError& fault : faults) run.warnings.push_back({fault.where, fault.detail});
    }

    [[nodiscard]] Result<Response> test(const Request& request) const {
        const auto head = with.answers.find(request);
        if (!head) return head.error();
        const RulePtr rule =
            compile_rule(request.principal->tenant_id, head->stream.id,
                         record_from_state(rule_kind(), head->state, head->version, false));
        auto trial = trial_of(request, *rule);
        if (!trial) return trial.error();
        const Json context(std::move(trial->context));
        rules::DryRun run =
            rules::dry_run(rule->conditions, rule->actions, {context, trial->at, zone_in(context)});
        run.matched = run.matched && trial->is_awaited;
        warn_of_faults(request, rule->actions, run);
        if (!trial->is_awaited)
            run.warnings.insert(
                run.warnings.begin(),
                {"/trigger", "The rule does not wait for this event: " + trial->event + '.'});
        return json_response(200, to_text(rules::to_json(run)));
    }
};

} // namespace

Routes RuleDryRunRoutes::rows() const {
    RowsOf<Handlers> rows(Handlers{*this}, "/automations", "automations");
    Route& test = rows.add(
        "POST", "/{id}/test",
        "What a rule would do of sample data or of a past event: nothing is sent",
        Permission::automations_run, {200, "What it found.", "AutomationDryRun"}, &Handlers::test);
    test.body = json_body("AutomationTest");
    test.takes_key = false; // it has no effect that could come twice
    return std::move(rows).take();
}

JsonObject rule_dry_run_components() {
    const Json text = typed("string");
    const Json object = typed("object");
    const Json condition = object_of({{"result", typed("boolean")}, {"error", object}}, {"result"});
    const Json action = object_of_all({{"type", text}, {"rendered", object}});
    const Json warning = object_of_all({{"pointer", text}, {"detail", text}});
    return {{"AutomationTest",
             JsonObject{{"type", "object"},
                        {"description", "One of the two."},
                        {"properties",
                         JsonObject{{"sample_data", object}, {"event_id", formatted("uuid")}}},
                        {"minProperties", 1},
                        {"maxProperties", 1},
                        {"additionalProperties", false}}},
            {"AutomationDryRun", object_of_all({{"matched", typed("boolean")},
                                                {"conditions", array_of(condition)},
                                                {"actions", array_of(action)},
                                                {"warnings", array_of(warning)}})}};
}

} // namespace throughline
