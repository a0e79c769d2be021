#include "domain/rules/context.hpp"

#include "domain/text.hpp"

namespace throughline::rules {

namespace {

/// {"field": {"old", "new"}} of an event's before and after.
JsonObject changes_of(const JsonObject& data) {
    JsonObject changes;
    const Json* const after = data.find("after");
    if (after == nullptr || after->object() == nullptr) return changes;
    const Json before = value_of(data, "before");
    for (const auto& [field, value] : *after->object())
        changes.append(field, JsonObject{{"old", value_of(before, field)}, {"new", value}});
    return changes;
}

/// A contact's name as its first word and the rest, where it has no such fields itself.
void add_name_parts(JsonObject& contact) {
    const std::string name = trimmed(Json(contact).text("name"));
    const auto space = name.find(' ');
    if (!contact.contains("first_name")) contact.append("first_name", name.substr(0, space));
    if (!contact.contains("last_name"))
        contact.append("last_name", space == std::string::npos ? "" : trimmed(name.substr(space)));
}

/// old_stage and new_stage of a change of stage, likewise of status.
void add_moves(JsonObject& context, const JsonObject& changes) {
    for (const std::string field : {"stage", "status"}) {
        const Json* const change = changes.find(field);
        if (change == nullptr) continue;
        context.set("old_" + field, *change->find("old"));
        context.set("new_" + field, *change->find("new"));
    }
}

/// Flat names: the record's id, and of a deal its name and value.
void add_flat_names(JsonObject& context, const ContextSource& source) {
    const Json id = value_of(source.record, "id");
    context.set(source.kind->name + "_id", id);
    if (source.kind->name != "deal") return;
    context.set("opportunity_id", id);
    context.set("opportunity_name", value_of(source.record, "name"));
    context.set("value", value_of(source.record, "value"));
}

void add_record(JsonObject& context, const ContextSource& source) {
    JsonObject record = source.record;
    if (source.kind->name == "contact") add_name_parts(record);
    if (source.kind->name == "deal") context.set("opportunity", record);
    context.set(source.kind->name, std::move(record));
    add_flat_names(context, source);
}

} // namespace

JsonObject rule_context(const ContextSource& source) {
    JsonObject context;
    for (const auto& [kind, linked] : source.linked) {
        Json record = linked;
        if (kind == "contact" && record.object() != nullptr) add_name_parts(*record.object());
        context.set(kind, std::move(record));
    }
    if (source.kind != nullptr) add_record(context, source);
    context.set("user_id", source.user.is_null() ? Json() : value_of(*source.user.object(), "id"));
    context.set("user", source.user);
    context.set("company_name", value_of(source.tenant, "name"));
    context.set("tenant", source.tenant);
    context.set("event", JsonObject{{"id", source.event_id},
                                    {"type", source.event_type},
                                    {"time", to_rfc3339(source.time)}});
    JsonObject changes = changes_of(source.data);
    add_moves(context, changes);
    context.set("changes", std::move(changes));
    for (const auto* const name : {"value", "reason"})
        if (const Json* const value = source.data.find(name)) context.set(name, *value);
    return context;
}

void add_payload(JsonObject& context, const Json& payload) {
    context.set("payload", payload);
    if (payload.object() == nullptr) return;
    for (const auto& [name, value] : *payload.object())
        if (!context.contains(name)) context.append(name, value);
}

} // namespace throughline::rules
