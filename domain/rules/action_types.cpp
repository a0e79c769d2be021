#include "domain/rules/actions.hpp"

#include <algorithm>
#include <array>

namespace throughline::rules {

namespace {

using enum Takes;
constexpr bool required = true;
constexpr bool optional = false;
using Parameter = ActionParameter;

constexpr std::array email = {
    Parameter{"to_email", addresses, required, Target::header},
    Parameter{"subject", text, required, Target::header},
    Parameter{"body", text},
    Parameter{"html", text, optional, Target::html},
    Parameter{"cc", addresses, optional, Target::header},
};
constexpr std::array task = {Parameter{"task_data", object, required}};
constexpr std::array flat_task = {
    Parameter{"title", text, required},
    Parameter{"description"},
    Parameter{"due_date"},
    Parameter{"assignee"},
    Parameter{"priority"},
    Parameter{"project_id"},
};
constexpr std::array project = {Parameter{"project_data", object, required}};
constexpr std::array changes = {Parameter{"id"}, Parameter{"changes", object, required}};
constexpr std::array status = {Parameter{"entity_id", text, required},
                               Parameter{"new_status", text, required}, Parameter{"entity_type"}};
constexpr std::array notification = {Parameter{"recipient", text, required},
                                     Parameter{"message", text, required}, Parameter{"title"}};
constexpr std::array message = {Parameter{"channel", text, required},
                                Parameter{"to", addresses, optional, Target::header},
                                Parameter{"body", text, required}};
constexpr std::array http = {
    Parameter{"method", method, required}, Parameter{"url", text, required, Target::url},
    Parameter{"headers", headers, optional, Target::header}, Parameter{"body", any}};
constexpr std::array openapi = {Parameter{"document", text, required},
                                Parameter{"operation_id", text, required},
                                Parameter{"parameters", object}, Parameter{"body", any}};
constexpr std::array webhook = {Parameter{"url", text, optional, Target::url},
                                Parameter{"webhook_id", id}, Parameter{"payload", any}};
constexpr std::array<std::string_view, 2> webhook_one_of = {"url", "webhook_id"};
constexpr std::array queue = {Parameter{"queue", name, required},
                              Parameter{"payload", any, required}};
constexpr std::array analytics = {Parameter{"event", text, required},
                                  Parameter{"properties", object}};
constexpr std::array prompt = {Parameter{"prompt", text, required}};
constexpr std::array delay = {Parameter{"for", duration}, Parameter{"until"}};
constexpr std::array<std::string_view, 2> delay_one_of = {"for", "until"};

constexpr std::array types = {
    ActionType{"email.send", "send_email", "Sends an email.", "", email},
    ActionType{"task.create", "", "Creates a task.", "task", task},
    ActionType{"create_task", "", "Creates a task.", "task", flat_task},
    ActionType{"project.create", "create_project", "Creates a project.", "project", project},
    ActionType{"deal.update", "", "Changes a deal, the event's own where there is no id.", "deal",
               changes},
    ActionType{"contact.update", "", "Changes a contact, the event's own where there is no id.",
               "contact", changes},
    ActionType{"update_status", "", "Gives a record another status, or a deal another stage.", "",
               status},
    ActionType{"notification.send", "send_notification", "Notifies a member, or an address.", "",
               notification},
    ActionType{"message.post", "", "Posts a message and keeps it as a record.", "message", message},
    ActionType{"http.request", "", "Sends an HTTP request to an allowed host.", "", http},
    ActionType{"http.openapi", "", "Calls an operation of a registered OpenAPI document.", "",
               openapi},
    ActionType{"webhook.publish", "", "Sends a signed webhook.", "", webhook, webhook_one_of},
    ActionType{"queue.enqueue", "", "Puts a message into a queue.", "", queue},
    ActionType{"analytics.track", "", "Records an event for analytics.", "", analytics},
    ActionType{"ai.generate", "", "Has a text written.", "", prompt},
    ActionType{"delay", "", "Waits before the actions that follow.", "", delay, delay_one_of},
};

} // namespace

std::span<const ActionType> action_types() { return types; }

const ActionType* find_action_type(std::string_view name) {
    const auto found = std::ranges::find_if(types, [&](const ActionType& type) {
        return !name.empty() && (type.name == name || type.also == name);
    });
    return found == types.end() ? nullptr : &*found;
}

} // namespace throughline::rules
