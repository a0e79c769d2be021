#include "projections/timeline_item.hpp"

#include "domain/record/field.hpp"
#include "domain/text.hpp"
#include "projections/event_change.hpp"

namespace throughline {

namespace {

constexpr std::size_t most_snippet_characters = 200;

std::string type_of_activity(const std::string& type) {
    if (type == "call" || type == "meeting") return "meeting";
    return type == "email" || type == "note" ? type : "audit";
}

std::string text_of(const JsonObject& data, std::string_view name) {
    const Json value = value_of(data, name);
    return value.string() == nullptr ? std::string() : *value.string();
}

JsonObject taken(const JsonObject& data, std::initializer_list<std::string_view> names) {
    JsonObject details;
    for (const std::string_view name : names) details.append(name, value_of(data, name));
    return details;
}

std::string snippet_of(const JsonObject& data) {
    return cut_to_characters(text_of(data, "body"), most_snippet_characters);
}

JsonObject meeting(const JsonObject& data) {
    JsonObject details{{"start_time", value_of(data, "due_at")}, {"end_time", nullptr}};
    details.append("status", value_of(data, "status"));
    details.append("meet_link", nullptr);
    details.append("attendees", JsonArray{});
    details.append("subject", value_of(data, "subject"));
    return details;
}

JsonObject email(const JsonObject& data, const std::string& id) {
    JsonObject details{{"message_id", id}};
    for (const std::string_view name : {"subject", "from", "to"})
        details.append(name, value_of(data, name));
    details.append("snippet", snippet_of(data));
    return details;
}

/// How a run of a rule ended.
TimelineItem automation(const StoredEvent& event, const JsonObject& data) {
    const std::string status(last_word(event.type));
    TimelineItem item{"Rule " + text_of(data, "rule_name") + ": " + status,
                      taken(data, {"rule_id", "rule_name"})};
    item.details.append("run_id", to_string(event.stream.id));
    item.details.append("status", status);
    return item;
}

JsonObject message(const JsonObject& data, const std::string& id) {
    JsonObject details = email(data, id);
    details.append("channel", value_of(data, "channel"));
    details.append("direction", value_of(data, "direction"));
    return details;
}

} // namespace

std::string timeline_type(const StoredEvent& event, const StreamKey& entity) {
    if (event.stream.kind == "automation_run") return "automation";
    if (event.stream == entity || !event.type.ends_with(".created")) return "audit";
    if (event.stream.kind == "task") // another task's is one that was merged into it
        return entity.kind == "task" ? "audit" : "task";
    if (event.stream.kind != "activity" && event.stream.kind != "message") return "audit";
    const JsonObject data = current_data(event);
    if (event.stream.kind == "activity") return type_of_activity(text_of(data, "type"));
    return case_folded(text_of(data, "channel")) == "email" ? "email" : "message";
}

TimelineItem timeline_item(const StoredEvent& event, const std::string& type) {
    const JsonObject data = current_data(event);
    const std::string id = to_string(event.stream.id);
    if (type == "automation") return automation(event, data);
    const bool is_call = text_of(data, "type") == "call";
    const std::string title = text_of(data, type == "task" ? "name" : "subject");
    TimelineItem item{
        (is_call ? "Call" : label_of(type)) + (title.empty() ? std::string() : ": " + title), {}};
    if (type == "meeting")
        item.details = meeting(data);
    else if (type == "email")
        item.details = email(data, id);
    else if (type == "message")
        item.details = message(data, id);
    else if (type == "task")
        item.details = taken(data, {"name", "status", "priority", "due_date", "assignee_id"});
    else
        item.details = taken(data, {"subject", "body"});
    return item;
}

} // namespace throughline
