#include "domain/rules/triggers.hpp"

#include "domain/rules/coerce.hpp"

#include <algorithm>
#include <array>

namespace throughline::rules {

namespace {

constexpr std::array<std::string_view, 1> contact = {"contact_id"};
constexpr std::array<std::string_view, 3> contact_status = {"contact_id", "old_status",
                                                            "new_status"};
constexpr std::array<std::string_view, 1> lead = {"lead_id"};
constexpr std::array<std::string_view, 3> opportunity = {"opportunity_id", "opportunity_name",
                                                         "value"};
constexpr std::array<std::string_view, 5> stage = {"opportunity_id", "opportunity_name", "value",
                                                   "old_stage", "new_stage"};
constexpr std::array<std::string_view, 4> lost = {"opportunity_id", "opportunity_name", "value",
                                                  "reason"};

constexpr std::array modules = {
    ModuleTrigger{"contact_created", "crm", "contact.created", "A contact was created.", contact},
    ModuleTrigger{"contact_updated", "crm", "contact.updated", "A contact was changed.", contact},
    ModuleTrigger{"contact_status_changed", "crm", "contact.status_changed",
                  "A contact's status changed.", contact_status},
    ModuleTrigger{"lead_created", "crm", "lead.created", "A lead was created.", lead},
    ModuleTrigger{"opportunity_created", "sales", "deal.created", "An opportunity was created.",
                  opportunity},
    ModuleTrigger{"opportunity_stage_changed", "sales", "deal.stage_changed",
                  "An opportunity moved to another stage.", stage},
    ModuleTrigger{"deal_closed_won", "sales", "deal.won", "A deal was won.", opportunity},
    ModuleTrigger{"deal_closed_lost", "sales", "deal.lost", "A deal was lost.", lost},
    ModuleTrigger{"high_value_opportunity", "sales", "deal.high_value",
                  "An opportunity's value rose above the threshold.", opportunity},
};

/// The last word of a type.
std::string_view verb(std::string_view type) { return type.substr(type.find('.') + 1); }

const Json* side_of(const JsonObject& data, std::string_view side, std::string_view field) {
    const Json* const values = data.find(side);
    return values == nullptr ? nullptr : values->find(field);
}

double amount(const Json* value) {
    if (value == nullptr) return 0;
    const std::string text = value->number() != nullptr   ? value->number()->digits
                             : value->string() != nullptr ? *value->string()
                                                          : "";
    return read_number(text).value_or(0);
}

std::string described(std::string_view kind, std::string_view word) {
    std::string words(word);
    std::ranges::replace(words, '_', ' ');
    return "Of a " + std::string(kind) + ": " + words + '.';
}

/// What a rule sees beside the record, of an event that changes it.
std::vector<std::string> data_of(std::string_view word) {
    if (word == "status_changed") return {"changes", "old_status", "new_status"};
    if (word == "stage_changed" || word == "won")
        return {"changes", "old_stage", "new_stage", "value"};
    if (word == "lost") return {"changes", "old_stage", "new_stage", "value", "reason"};
    return word == "created" || word == "deleted" || word == "restored"
               ? std::vector<std::string>{}
               : std::vector<std::string>{"changes"};
}

/// The event that a change of the field is, when its values are events of their own: the
/// `stage_changed` of a deal that was won.
std::string wider_name(const Kind& kind, std::string_view type) {
    for (const Field& field : kind.fields)
        for (const auto& fact : field.facts)
            if (fact.second == verb(type)) return kind.name + '.' + field.changes_as;
    return {};
}

} // namespace

std::vector<TriggerEvent> trigger_events(const Registry& registry) {
    std::vector<TriggerEvent> events;
    for (const Kind& kind : registry.kinds())
        for (const std::string& type : kind.event_types())
            events.push_back(
                {type, kind.name, described(kind.name, verb(type)), data_of(verb(type))});
    events.push_back({"deal.high_value",
                      "deal",
                      "A deal's value rose above the rule's value_threshold, or the tenant's.",
                      {"changes", "value"}});
    events.push_back({"message.received", "message", "A message came in.", {}});
    for (const auto* kind : {"activity", "task"})
        events.push_back({std::string(kind) + ".due_soon",
                          kind,
                          "Due within the trigger's lead_time (1d where it has none).",
                          {}});
    return events;
}

std::span<const ModuleTrigger> module_triggers() { return modules; }

const ModuleTrigger* find_module_trigger(std::string_view id) {
    const auto found = std::ranges::find(modules, id, &ModuleTrigger::id);
    return found == modules.end() ? nullptr : &*found;
}

std::vector<std::string> trigger_names(const Kind& kind, std::string_view type,
                                       const JsonObject& data) {
    std::vector<std::string> names{std::string(type)};
    if (std::string wider = wider_name(kind, type); !wider.empty())
        names.push_back(std::move(wider));
    const Json* const direction = data.find("direction");
    if (type == "message.created" && direction != nullptr && *direction == Json("in"))
        names.emplace_back("message.received");
    return names;
}

bool rises_above(double threshold, std::string_view type, const JsonObject& data) {
    if (type == "deal.created" || type == "deal.restored")
        return amount(data.find("value")) > threshold;
    const Json* const after = side_of(data, "after", "value");
    return type.starts_with("deal.") && after != nullptr && amount(after) > threshold &&
           amount(side_of(data, "before", "value")) <= threshold;
}

double threshold_of(const Json& conditions, double tenants) {
    if (conditions.array() == nullptr) return tenants;
    for (const Json& condition : *conditions.array()) {
        const bool names_one = condition.text("type") == "value_threshold" ||
                               condition.text("operator") == "value_threshold";
        const std::string field = condition.text("field", "value");
        if (names_one &&
            (field == "value" || field == "deal.value" || field == "opportunity.value"))
            return amount(condition.find("value"));
    }
    return tenants;
}

} // namespace throughline::rules
