#include "handlers/export/record_export.hpp"

#include "domain/record/value.hpp"
#include "handlers/export/csv_writer.hpp"

namespace throughline {

namespace {

/// What the import would read as one item.
bool is_plain(const std::string& tag) {
    return !tag.empty() && tag.find_first_of(";,\n") == std::string::npos &&
           tag.find(":::") == std::string::npos && !tag.starts_with("* ") && !tag.starts_with('[');
}

std::string list_cell(const JsonArray& items) {
    std::string cell;
    for (const Json& item : items) {
        if (!is_plain(*item.string())) return to_text(Json(items));
        cell += (cell.empty() ? "" : ";") + *item.string();
    }
    return cell;
}

std::string names_cell(const Field& field, const Json* value, const NameOf& name_of) {
    JsonArray names;
    for (const Uuid& id : value == nullptr ? std::vector<Uuid>{} : ids_in(*value))
        if (const std::string_view name = name_of(field.target, id); !name.empty())
            names.emplace_back(name);
    if (field.is_list()) return list_cell(names);
    return names.empty() ? std::string() : *names.front().string();
}

std::string cell_of(const Field& field, const Json* value) {
    if (value == nullptr || value->is_null()) return {};
    if (field.is_list() && value->array() != nullptr) return list_cell(*value->array());
    if (const auto* const object = value->object(); object != nullptr && object->empty()) return {};
    return value->string() != nullptr ? *value->string() : to_text(*value);
}

} // namespace

std::vector<std::string> export_columns(const Kind& kind) {
    std::vector<std::string> columns{"id"};
    for (const Field& field : kind.fields) {
        columns.push_back(field.name);
        if (const std::string name = field.name_member(); !name.empty()) columns.push_back(name);
    }
    columns.insert(columns.end(), {"created_at", "updated_at"});
    return columns;
}

std::string export_csv_row(const Kind& kind, const Uuid& id, const Record& record,
                           const NameOf& name_of) {
    std::vector<std::string> cells{to_string(id)};
    for (const Field& field : kind.fields) {
        const Json* const value = record.fields.find(field.name);
        cells.push_back(cell_of(field, value));
        if (!field.name_member().empty()) cells.push_back(names_cell(field, value, name_of));
    }
    cells.push_back(to_rfc3339(record.created_at));
    cells.push_back(to_rfc3339(record.updated_at));
    return csv_row(cells);
}

} // namespace throughline
