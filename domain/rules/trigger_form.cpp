#include "domain/rules/trigger_form.hpp"

#include "domain/rules/cron.hpp"
#include "domain/rules/cron_field.hpp"
#include "domain/rules/triggers.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace throughline::rules {

namespace {

using Faults = std::vector<FieldError>;

struct Form {
    std::string_view type;
    std::array<std::string_view, 2> members; // beside the type, the first of them required
};
constexpr std::array forms = {Form{"event", {"event", "lead_time"}},
                              Form{"cron", {"cron", "timezone"}}, Form{"webhook", {}},
                              Form{"manual", {}}};

const std::set<std::string>& events() {
    static const std::set<std::string> names = [] {
        std::set<std::string> all;
        for (const TriggerEvent& event : trigger_events(standard_registry()))
            all.insert(event.name);
        return all;
    }();
    return names;
}

/// Says which events there are of the same kind, or else of the same word.
std::string no_such_event(const std::string& name) {
    const auto dot = std::min(name.find('.'), name.size());
    const std::string kind = name.substr(0, dot) + '.';
    const std::string word = dot == name.size() ? '.' + name : name.substr(dot);
    std::string of_kind;
    std::string of_word;
    for (const std::string& event : events()) {
        if (event.starts_with(kind)) of_kind += (of_kind.empty() ? "" : ", ") + event;
        if (event.ends_with(word)) of_word += (of_word.empty() ? "" : ", ") + event;
    }
    const std::string& near = of_kind.empty() ? of_word : of_kind;
    return near.empty() ? "There is no such event: the triggers are listed at "
                          "/api/automations/triggers."
                        : "There is no such event. There are " + near + '.';
}

void check_event(const Json& trigger, const std::string& pointer, Faults& faults) {
    const std::string event = trigger.text("event");
    if (!events().contains(event))
        faults.push_back({pointer + "/event", "invalid_choice", no_such_event(event)});
    const Json* const lead = trigger.find("lead_time");
    if (lead == nullptr) return;
    if (!event.ends_with(".due_soon"))
        faults.push_back(
            {pointer + "/lead_time", "unknown_field", "Only what is due has a lead time."});
    else if (!read_duration(trigger.text("lead_time")))
        faults.push_back({pointer + "/lead_time", "invalid_format",
                          "A duration such as 12h or 1d is expected."});
}

void check_cron(const Json& trigger, const std::string& pointer, Faults& faults) {
    const auto cron = Cron::parse(trigger.text("cron"), pointer + "/cron");
    if (!cron) {
        const Rejection refused = cron.error();
        faults.insert(faults.end(), refused.errors.begin(), refused.errors.end());
    }
    const Json* const zone = trigger.find("timezone");
    if (zone != nullptr && zone->string() == nullptr)
        faults.push_back(
            {pointer + "/timezone", "invalid_type", "A time zone's name is expected."});
    else if (zone != nullptr && zone->string()->empty())
        faults.push_back({pointer + "/timezone", "invalid_choice",
                          "No time zone of the tz database has this name."});
}

void check_members(const JsonObject& members, const Form& form, const std::string& pointer,
                   Faults& faults) {
    const std::string_view needed = form.members.front();
    if (!needed.empty() && !members.contains(needed))
        faults.push_back(
            {pointer + '/' + std::string(needed), "required", "The trigger needs it."});
    for (const JsonMember& member : members) {
        if (member.name == "type" ||
            std::ranges::find(form.members, member.name) != form.members.end())
            continue;
        std::string where = pointer + '/';
        append_pointer_token(where, member.name);
        faults.push_back({std::move(where), "unknown_field", "The trigger has no such member."});
    }
}

} // namespace

std::vector<FieldError> trigger_faults(const Json& trigger, const std::string& pointer) {
    const JsonObject* const members = trigger.object();
    if (members == nullptr)
        return {{pointer, "invalid_type", "A trigger is an object with a type."}};
    if (!members->contains("type"))
        return {{pointer + "/type", "required", "A trigger has a type."}};
    const auto form = std::ranges::find(forms, trigger.text("type"), &Form::type);
    if (form == forms.end())
        return {{pointer + "/type", "invalid_choice", "One of event, cron, webhook and manual."}};
    Faults faults;
    check_members(*members, *form, pointer, faults);
    if (!faults.empty()) return faults;
    if (form->type == "event") check_event(trigger, pointer, faults);
    if (form->type == "cron") check_cron(trigger, pointer, faults);
    return faults;
}

} // namespace throughline::rules
