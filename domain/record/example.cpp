#include "domain/record/example.hpp"

namespace throughline {

Json example_value(const Field& field) {
    switch (field.type) {
    case FieldType::email: return "ada@example.com";
    case FieldType::phone: return "+44 20 7946 0958";
    case FieldType::url: return "https://example.com";
    case FieldType::choice: return field.choices.front();
    case FieldType::reference: return field.target == "user" ? Json(example_user) : Json();
    case FieldType::references: return JsonArray{example_user};
    case FieldType::choices: return JsonArray{field.choices.front()};
    case FieldType::tags: return JsonArray{"vip"};
    case FieldType::money: return JsonNumber{"1200.50"};
    case FieldType::number: return 42;
    case FieldType::date: return "2026-03-31";
    case FieldType::time: return example_time;
    case FieldType::own: return field.initial;
    case FieldType::flag: return true;
    case FieldType::metadata: return JsonObject{{"tier", "gold"}};
    default: return field.name == "name" && field.is_personal ? "Ada Lovelace" : field.label;
    }
}

JsonObject example_record(const Kind& kind) {
    JsonObject out{{"id", example_id}, {"version", 1}};
    for (const Field& field : kind.fields) {
        Json value = example_value(field);
        const bool is_null = value.is_null();
        out.append(field.name, std::move(value));
        const auto member = field.name_member();
        if (field.type == FieldType::references)
            out.append(member,
                       JsonArray{JsonObject{{"id", example_user}, {"name", example_user_name}}});
        else if (!member.empty())
            out.append(member, is_null ? Json() : Json(example_user_name));
    }
    out.append("created_at", example_time);
    out.append("updated_at", example_time);
    return out;
}

} // namespace throughline
