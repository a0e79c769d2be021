#include "domain/automation.hpp"

#include "domain/record/change.hpp"
#include "domain/rules/action_checks.hpp"
#include "domain/rules/condition_form.hpp"
#include "domain/rules/conditions.hpp"
#include "domain/rules/trigger_form.hpp"

namespace throughline {

namespace {

using Faults = std::vector<FieldError>;

constexpr std::size_t max_bytes = 256 * 1024; // of conditions, and of actions

bool is_too_large(const Json& written, const std::string& pointer, Faults& faults) {
    if (to_text(written).size() <= max_bytes) return false;
    faults.push_back({pointer, "too_large", "At most 256 KiB."});
    return true;
}

/// The value as it is, unless something is wrong with it.
std::optional<Json> unless(const Faults& found, Json value, Faults& faults) {
    faults.insert(faults.end(), found.begin(), found.end());
    return found.empty() ? std::optional(std::move(value)) : std::nullopt;
}

/// Its members are kept in one order, so that lists find rules by their triggers.
std::optional<Json> normal_trigger(const Json& written, const std::string& pointer,
                                   Faults& faults) {
    JsonObject kept;
    for (const auto* const name : {"type", "event", "lead_time", "cron", "timezone"})
        if (const Json* const value = written.find(name)) kept.append(name, *value);
    return unless(rules::trigger_faults(written, pointer), std::move(kept), faults);
}

std::optional<Json> normal_conditions(const Json& written, const std::string& pointer,
                                      Faults& faults) {
    if (is_too_large(written, pointer, faults)) return std::nullopt;
    const auto compiled = rules::compile_conditions(written, pointer);
    if (!compiled) return unless(compiled.error().errors, {}, faults);
    if (rules::says_nothing(written)) return Json(JsonArray{});
    return written.object() == nullptr ? written : Json(JsonArray{written});
}

std::optional<Json> normal_actions(const Json& written, const std::string& pointer,
                                   Faults& faults) {
    if (is_too_large(written, pointer, faults)) return std::nullopt;
    const auto checked = rules::check_actions(written, pointer);
    if (!checked) return unless(checked.error().errors, {}, faults);
    return unless(rules::lasting_faults(*checked), written, faults);
}

const OwnRules& trigger_rules() {
    static constexpr OwnRules rules{normal_trigger, R"({"type": "object", "required": ["type"],
        "properties": {"type": {"enum": ["event", "cron", "webhook", "manual"]},
            "event": {"type": "string"}, "lead_time": {"type": "string"},
            "cron": {"type": "string"}, "timezone": {"type": "string"}},
        "additionalProperties": false})",
                                    true};
    return rules;
}

const OwnRules& condition_rules() {
    static constexpr OwnRules rules{normal_conditions,
                                    R"({"type": "array", "maxItems": 100,
        "items": {"type": "object"}})",
                                    true, R"({"type": "object"})"};
    return rules;
}

const OwnRules& action_rules() {
    static constexpr OwnRules rules{normal_actions, R"({"type": "array", "minItems": 1,
        "maxItems": 50, "items": {"type": "object", "required": ["type"],
            "properties": {"type": {"type": "string"}}}})",
                                    true};
    return rules;
}

/// The changes that conditions ask of are those of the record that the trigger is about. What was
/// taken once and stays as it is was taken for good.
Result<JsonObject> settle(const Kind&, const Record& before, JsonObject values, Time) {
    const auto stays = [&](std::string_view name) {
        const Json* const value = values.find(name);
        const Json* const kept = before.fields.find(name);
        return value == nullptr || (kept != nullptr && *kept == *value);
    };
    if (stays("trigger") && stays("conditions")) return values;
    const auto settled = [&](std::string_view name) {
        return value_of(values.contains(name) ? values : before.fields, name);
    };
    const Json trigger = settled("trigger");
    if (trigger.text("type") != "event") return values;
    const std::string event = trigger.text("event");
    auto faults = rules::change_faults(settled("conditions"), event.substr(0, event.find('.')),
                                       "/conditions");
    if (!faults.empty()) return invalid(std::move(faults));
    return values;
}

} // namespace

Kind automation_kind() {
    Kind kind{"automation",
              "automations",
              {
                  text("name").required().searchable().sortable(),
                  long_text("description").searchable(),
                  flag("enabled").initially(true),
                  choice("mode", {"live", "shadow"}).initially("live"),
                  own("trigger", trigger_rules()).required(),
                  own("conditions", condition_rules()),
                  own("actions", action_rules()).required(),
                  reference("owner_id", "user").by_default_the_creator(),
              }};
    kind.settle = settle;
    kind.events = {"created", "updated", "deleted", "restored"};
    return kind;
}

Json written_conditions(const Json& kept) {
    const JsonArray* const list = kept.array();
    if (list == nullptr || list->size() != 1) return kept;
    return rules::is_jsonlogic(list->front()) ? list->front() : kept;
}

Json written_trigger(Json kept) {
    if (kept.text("timezone", "UTC").empty()) kept.object()->erase("timezone");
    return kept;
}

} // namespace throughline
