#include "api/openapi_examples.hpp"

#include "api/routes/records.hpp"

#include <stdexcept>

namespace throughline {

namespace {

constexpr const char* some_id = "0198c5a2-7b1e-7c3d-9a4f-2b6d8e0f1a3c";
constexpr const char* some_user = "0198c5a2-6d02-7e11-8f21-5c0a9b3d7e42";
constexpr const char* some_time = "2026-03-02T09:00:00.000000Z";

Json value_of(const Field& field) {
    switch (field.type) {
    case FieldType::email: return "ada@example.com";
    case FieldType::phone: return "+44 20 7946 0958";
    case FieldType::url: return "https://example.com";
    case FieldType::choice: return field.choices.front();
    case FieldType::reference: return field.target == "user" ? Json(some_user) : Json();
    case FieldType::references: return JsonArray{some_user};
    case FieldType::choices: return JsonArray{field.choices.front()};
    case FieldType::tags: return JsonArray{"vip"};
    case FieldType::money: return JsonNumber{"1200.50"};
    case FieldType::number: return 42;
    case FieldType::date: return "2026-03-31";
    case FieldType::time: return some_time;
    case FieldType::own: return field.initial;
    case FieldType::flag: return true;
    case FieldType::metadata: return JsonObject{{"tier", "gold"}};
    default: return field.label;
    }
}

JsonObject written(const Kind& kind) {
    JsonObject out;
    for (const Field& field : kind.fields)
        if (!field.refers()) out.append(field.name, value_of(field));
    return out;
}

JsonObject read(const Kind& kind) {
    JsonObject out{{"id", some_id}, {"version", 1}};
    for (const Field& field : kind.fields) {
        Json value = value_of(field);
        const bool is_null = value.is_null();
        out.append(field.name, std::move(value));
        const auto member = field.name_member();
        if (field.type == FieldType::references)
            out.append(member, JsonArray{JsonObject{{"id", some_user}, {"name", "Olive Owner"}}});
        else if (!member.empty())
            out.append(member, is_null ? Json() : Json("Olive Owner"));
    }
    out.append("created_at", some_time);
    out.append("updated_at", some_time);
    return out;
}

void set_example(Components& components, std::string_view name, Json example) {
    Json* const component = components.find(name);
    if (component == nullptr)
        throw std::logic_error("an example is for no component: " + std::string(name));
    component->object()->set("examples", JsonArray{std::move(example)});
}

} // namespace

void add_examples(Components& components, const Registry& registry) {
    for (const Kind& kind : registry.kinds()) {
        const JsonObject record = read(kind);
        set_example(components, component_name(kind), record);
        set_example(components, component_name(kind, "Create"), written(kind));
        JsonObject change;
        change.append(kind.fields.front().name, value_of(kind.fields.front()));
        set_example(components, component_name(kind, "Update"), std::move(change));
        set_example(components, component_name(kind, "List"),
                    JsonObject{{"items", JsonArray{record}},
                               {"pagination", JsonObject{{"limit", 50}, {"next", nullptr}}}});
    }
    const Json examples = parse_json(openapi_examples());
    for (const JsonMember& example : *examples.object())
        if (components.contains(example.name)) set_example(components, example.name, example.value);
}

} // namespace throughline
