#include "domain/record/view.hpp"

#include <algorithm>

namespace throughline {

namespace {

const Json& value_in(const JsonObject& fields, const Field& field) {
    static const Json null;
    const Json* const value = fields.find(field.name);
    return value == nullptr ? null : *value;
}

std::optional<Uuid> referenced(const JsonObject& fields, const Field& field) {
    const std::string* const id = value_in(fields, field).string();
    return field.type != FieldType::reference || id == nullptr ? std::nullopt : parse_uuid(*id);
}

Json name_of_reference(const JsonObject& fields, const Field& field, const NameOf& name_of) {
    const auto id = referenced(fields, field);
    const std::string_view name = id ? name_of(field.target, *id) : std::string_view();
    return name.empty() ? Json() : Json(name);
}

} // namespace

void collect_references(const Kind& kind, const Record& record, std::vector<StreamKey>& into) {
    for (const Field& field : kind.fields)
        if (const auto id = referenced(record.fields, field)) into.push_back({field.target, *id});
}

std::string record_json(const Kind& kind, const Uuid& id, const Record& record,
                        const NameOf& name_of, const std::vector<std::string>& fields) {
    const auto is_wanted = [&](const std::string& name) {
        return fields.empty() || std::ranges::find(fields, name) != fields.end();
    };
    JsonObject out{{"id", to_string(id)}, {"version", record.version}};
    for (const Field& field : kind.fields) {
        if (is_wanted(field.name)) out.append(field.name, value_in(record.fields, field));
        const std::string name = field.name_member();
        if (!name.empty() && is_wanted(name))
            out.append(name, name_of_reference(record.fields, field, name_of));
    }
    if (is_wanted("created_at")) out.append("created_at", to_rfc3339(record.created_at));
    if (is_wanted("updated_at")) out.append("updated_at", to_rfc3339(record.updated_at));
    return to_text(std::move(out));
}

} // namespace throughline
