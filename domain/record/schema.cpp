#include "domain/record/schema.hpp"

#include "domain/record/value.hpp"
#include "domain/schema_words.hpp"

#include <algorithm>

namespace throughline {

namespace {

enum class Use { event, read, write };

Json type_of(std::string_view type, bool nullable) {
    return nullable ? Json(JsonArray{type, "null"}) : Json(type);
}

std::string_view format_of(FieldType type) {
    switch (type) {
    case FieldType::email: return "email";
    case FieldType::url: return "uri";
    case FieldType::reference: return "uuid";
    case FieldType::date: return "date";
    case FieldType::time: return "date-time";
    default: return {};
    }
}

/// With those that are choices no more where they are read: records may still have them.
JsonArray keys_of(const Field& field, Use use) {
    JsonArray keys(field.choices.begin(), field.choices.end());
    if (use != Use::read) return keys;
    for (const std::string& gone : field.retired)
        if (std::ranges::find(field.choices, gone) == field.choices.end()) keys.emplace_back(gone);
    return keys;
}

JsonObject list_schema(const Field& field, Use use) {
    JsonObject item{{"type", "string"}};
    JsonObject schema{{"type", type_of("array", use == Use::write)}};
    if (field.type == FieldType::references) item.append("format", "uuid");
    if (field.type == FieldType::choices && use != Use::event)
        item.append("enum", keys_of(field, use));
    if (use == Use::write) {
        if (field.type == FieldType::tags) item.append("maxLength", field.max_length);
        schema.append("maxItems", max_tags);
    }
    schema.append("items", std::move(item));
    return schema;
}

JsonArray choices_of(const Field& field, Use use) {
    JsonArray choices = keys_of(field, use);
    // An event outlives a choice that is taken away.
    if (use != Use::event && !field.is_required) choices.emplace_back();
    if (use == Use::write && !field.is_required) choices.emplace_back(""); // as good as null
    return choices;
}

/// Of a value that is written: a blank one is as good as null.
void add_form(JsonObject& schema, const Field& field) {
    if (field.is_required) schema.append("pattern", "\\S");
    if (field.type == FieldType::phone) schema.append("pattern", "[0-9]|^\\s*$");
    if (const auto format = format_of(field.type); !format.empty() && field.is_required)
        schema.append("format", format);
    else if (!format.empty())
        schema.append("anyOf", JsonArray{JsonObject{{"format", format}},
                                         JsonObject{{"enum", JsonArray{"", nullptr}}}});
    if (field.max_length > 0 && field.type != FieldType::reference)
        schema.append("maxLength", field.max_length);
}

/// Some validators of events judge the format of a null, too.
bool is_moment(const Field& field) {
    return field.type == FieldType::date || field.type == FieldType::time;
}

/// Records may have others than these.
void add_open_choices(JsonObject& schema, const Field& field) {
    std::string known;
    for (const std::string& key : field.choices) known += key + ", ";
    schema.append("description", known + "or another that the tenant has or had.");
    schema.append("examples", choices_of(field, Use::read));
}

JsonObject text_schema(const Field& field, Use use) {
    JsonObject schema{{"type", type_of("string", !field.is_required)}};
    if (use == Use::read && field.had_choices)
        add_open_choices(schema, field);
    else if (!field.choices.empty())
        schema.append(use == Use::event ? "examples" : "enum", choices_of(field, use));
    else if (use == Use::write)
        add_form(schema, field);
    else if (const auto format = format_of(field.type);
             !format.empty() && !(use == Use::event && is_moment(field) && !field.is_required))
        schema.append("format", format);
    return schema;
}

/// Of the rules for bodies and answers; of events only the type, which outlives the rules.
JsonObject own_schema(const Field& field, Use use) {
    JsonObject schema = *parse_json(field.rules->schema).object();
    const Json type = type_of(*schema.find("type")->string(), !field.is_required);
    if (use == Use::event) return {{"type", type}};
    schema.set("type", type);
    if (use != Use::write || field.rules->also.empty()) return schema;
    return {{"anyOf", JsonArray{std::move(schema), parse_json(field.rules->also)}}};
}

/// A body may hold the digits as a text, too.
JsonObject number_schema(const Field& field, Use use) {
    const bool is_money = field.type == FieldType::money;
    JsonObject schema{{"type", type_of("number", !field.is_required)}};
    if (is_money && use != Use::event) schema.append("minimum", 0);
    if (use != Use::write) return schema;
    const char* const pattern = is_money ? "^((0|[1-9][0-9]{0,14})([.][0-9]{1,4})?)?$"
                                         : "^(-?(0|[1-9][0-9]*)([.][0-9]+)?)?$";
    JsonObject text{{"type", "string"}, {"pattern", pattern}};
    return {{"anyOf", JsonArray{std::move(schema), std::move(text)}}};
}

JsonObject value_schema(const Field& field, Use use) {
    JsonObject schema;
    if (field.is_list())
        schema = list_schema(field, use);
    else if (field.type == FieldType::metadata)
        schema = {{"type", type_of("object", use == Use::write)}};
    else if (field.type == FieldType::flag)
        schema = {{"type", type_of("boolean", !field.is_required)}};
    else if (field.type == FieldType::money || field.type == FieldType::number)
        schema = number_schema(field, use);
    else if (field.type == FieldType::own)
        schema = own_schema(field, use);
    else
        schema = text_schema(field, use);
    schema.append("title", field.label);
    return schema;
}

/// A field of the kind; in metadata those that the tenant has declared.
JsonObject member_schema(const Kind& kind, const Field& field, Use use) {
    JsonObject schema = value_schema(field, use);
    if (field.type != FieldType::metadata || kind.custom.empty()) return schema;
    JsonObject properties;
    for (const Field& custom : kind.custom)
        properties.append(custom.name, value_schema(custom, use));
    schema.append("properties", std::move(properties));
    return schema;
}

JsonObject names_schema(const Field& field, Use use) {
    JsonObject item{
        {"type", "object"},
        {"required", JsonArray{"id"}},
        {"properties", JsonObject{{"id", formatted("uuid")},
                                  {"name", JsonObject{{"type", type_of("string", true)}}}}}};
    JsonObject schema{{"type", type_of("array", use == Use::write)},
                      {"title", field.label + " (names)"}};
    if (use == Use::write)
        item = {{"anyOf", JsonArray{JsonObject{{"type", "string"}, {"maxLength", field.max_length}},
                                    std::move(item)}}};
    schema.append("items", std::move(item));
    return schema;
}

JsonObject name_schema(const Field& field, Use use) {
    if (field.type == FieldType::references) return names_schema(field, use);
    JsonObject schema{{"type", type_of("string", true)}, {"title", field.label + " (name)"}};
    if (use == Use::write) schema.append("maxLength", field.max_length);
    return schema;
}

JsonObject server_fields() {
    return {{"id", formatted("uuid")},
            {"version", JsonObject{{"type", "integer"}, {"minimum", 1}}},
            {"created_at", formatted("date-time")},
            {"updated_at", formatted("date-time")}};
}

JsonObject object_schema(JsonObject properties, JsonArray required) {
    JsonObject schema{{"type", "object"}};
    if (!required.empty()) schema.append("required", std::move(required));
    schema.append("properties", std::move(properties));
    return schema;
}

JsonArray required_names(const Kind& kind, Use use) {
    JsonArray names;
    for (const Field& field : kind.fields)
        // A body may hold a synonym instead.
        if (field.is_required && (use != Use::write || field.synonyms.empty()))
            names.emplace_back(field.name);
    return names;
}

JsonObject all_fields(const Kind& kind) {
    JsonObject properties;
    for (const Field& field : kind.fields)
        properties.append(field.name, value_schema(field, Use::event));
    return object_schema(std::move(properties), required_names(kind, Use::event));
}

bool can_be_event(const Field& field, std::string_view what) {
    return (field.changes_as.empty() ? "updated" : field.changes_as) == what ||
           std::ranges::any_of(field.facts, [&](const auto& fact) { return fact.second == what; });
}

/// One side of a change: the fields that the event type speaks of, at least one.
JsonObject changed_fields(const Kind& kind, std::string_view what) {
    JsonObject properties;
    for (const Field& field : kind.fields)
        if (can_be_event(field, what))
            properties.append(field.name, value_schema(field, Use::event));
    JsonObject schema = object_schema(std::move(properties), {});
    schema.append("minProperties", 1);
    return schema;
}

JsonObject personal_fields(const Kind& kind) {
    JsonObject properties;
    for (const Field& field : kind.fields)
        if (field.is_personal || field.may_be_personal)
            properties.append(field.name, value_schema(field, Use::event));
    return object_schema(std::move(properties), {});
}

JsonObject ids_schema() {
    const Json id = formatted("uuid");
    return {{"type", "array"}, {"items", id}};
}

/// One side of what a merge changed: any fields.
JsonObject any_fields(const Kind& kind) {
    JsonObject fields = all_fields(kind);
    fields.erase("required");
    return fields;
}

JsonObject merge_schema(const Kind& kind, std::string_view what) {
    const Json id = formatted("uuid");
    if (what == "merged_into")
        return object_schema({{"before", all_fields(kind)}, {"into", id}}, {"before", "into"});
    JsonObject properties{{"before", any_fields(kind)}, {"after", any_fields(kind)}};
    JsonArray required{"before", "after", what};
    properties.append(what, ids_schema());
    if (what == "merged") {
        properties.append("chosen", JsonObject{{"type", "object"}, {"additionalProperties", id}});
    } else {
        properties.append("kept", array_of(typed("string")));
        properties.append("merge", id);
    }
    return object_schema(std::move(properties), std::move(required));
}

/// A person has a new password, or none; no field of theirs tells.
JsonObject password_schema() {
    const JsonObject how{{"type", "string"},
                         {"examples", JsonArray{"changed", "reset", "removed"}}};
    return object_schema({{"how", how}}, {"how"});
}

JsonObject data_schema(const Kind& kind, std::string_view what) {
    if (what == "password_changed") return password_schema();
    if (what == "created" || what == "restored") return all_fields(kind);
    if (what == "deleted") return object_schema({{"before", all_fields(kind)}}, {"before"});
    if (what == "erased") return object_schema({{"after", personal_fields(kind)}}, {"after"});
    if (what == "merged" || what == "merged_into" || what == "unmerged")
        return merge_schema(kind, what);
    JsonObject properties{{"before", changed_fields(kind, what)},
                          {"after", changed_fields(kind, what)}};
    JsonArray required{"before", "after"};
    for (const Told& told : kind.told) {
        if (told.event != what) continue;
        properties.append(told.member, value_schema(*kind.field(told.field), Use::event));
        required.emplace_back(told.member);
    }
    return object_schema(std::move(properties), std::move(required));
}

/// `urn:throughline:event:contact.created:1`: a schema's $id and an event's dataschema.
std::string event_schema_id(std::string_view event_type) {
    return "urn:throughline:event:" + std::string(event_type) + ":1";
}

} // namespace

Json event_schema(const Kind& kind, std::string_view event_type) {
    JsonObject schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
                      {"$id", event_schema_id(event_type)},
                      {"title", event_type}};
    const auto what = event_type.substr(event_type.rfind('.') + 1);
    for (auto& [name, value] : data_schema(kind, what)) schema.append(name, std::move(value));
    return schema;
}

Json record_schema(const Kind& kind) {
    const JsonObject ours = server_fields();
    JsonObject properties;
    for (const auto name : {"id", "version"}) properties.append(name, *ours.find(name));
    for (const Field& field : kind.fields) {
        properties.append(field.name, member_schema(kind, field, Use::read));
        if (const auto member = field.name_member(); !member.empty())
            properties.append(member, name_schema(field, Use::read));
    }
    for (const auto name : {"created_at", "updated_at"}) properties.append(name, *ours.find(name));
    JsonObject schema = object_schema(std::move(properties), {"id", "version"});
    schema.append("title", label_of(kind.name));
    return schema;
}

Json write_schema(const Kind& kind, bool create) {
    JsonObject properties;
    for (Field field : kind.fields) {
        // A create takes null for the initial value.
        if (!create && field.is_never_null) field.is_required = true;
        JsonObject value = member_schema(kind, field, Use::write);
        if (create && !field.initial.is_null()) value.append("default", field.initial);
        for (const std::string& synonym : field.synonyms) properties.append(synonym, value);
        properties.append(field.name, std::move(value));
        if (const auto member = field.name_member(); !member.empty())
            properties.append(member, name_schema(field, Use::write));
    }
    if (!create)
        for (auto& [name, value] : server_fields()) {
            value.object()->append("description", "May be repeated unchanged.");
            properties.append(name, std::move(value));
        }
    JsonObject schema = object_schema(std::move(properties),
                                      create ? required_names(kind, Use::write) : JsonArray{});
    schema.append("additionalProperties", false);
    schema.append("title", label_of(kind.name) + (create ? " to create" : " to update"));
    return schema;
}

} // namespace throughline
