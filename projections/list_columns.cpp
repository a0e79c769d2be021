#include "projections/list_columns.hpp"

#include "domain/text.hpp"

namespace throughline {

namespace {

constexpr std::size_t most_sorted_characters = 255; // of a text; longer ones have no index

std::string beginning_of(const std::string& text) {
    return "left(" + text + ", " + std::to_string(most_sorted_characters) + ")";
}

ColumnType column_type(FieldType type) {
    switch (type) {
    case FieldType::reference: return ColumnType::uuid;
    case FieldType::tags:
    case FieldType::choices:
    case FieldType::references: return ColumnType::list;
    case FieldType::money:
    case FieldType::number: return ColumnType::number;
    case FieldType::date: return ColumnType::date;
    case FieldType::time: return ColumnType::time;
    case FieldType::metadata: return ColumnType::object;
    case FieldType::text:
    case FieldType::long_text:
    case FieldType::email:
    case FieldType::phone:
    case FieldType::url:
    case FieldType::choice:
    case FieldType::flag: // true, false
    case FieldType::own: return ColumnType::text;
    }
    return ColumnType::text;
}

} // namespace

bool ListColumn::has_index() const {
    if (type == ColumnType::member) return false;
    if (field == nullptr) return type == ColumnType::time;
    return field->is_sortable || field->refers() || field->type == FieldType::email ||
           field->type == FieldType::phone || field->type == FieldType::tags;
}

std::string ListColumn::sql_name() const {
    if (type != ColumnType::member) return '"' + name + '"';
    std::string quoted; // as a constant: an expression of an order takes no parameter
    for (const char c : key) quoted += c == '\'' ? "''" : std::string(1, c);
    return "(\"" + field->name + "\" -> '" + quoted + "')";
}

std::string ListColumn::sql_order() const {
    const std::string value = sql_name();
    if (type == ColumnType::member)
        return "(case jsonb_typeof(" + value + ") when 'string' then to_jsonb(" +
               beginning_of("(" + value + " #>> '{}')") +
               ") when 'array' then null when 'object' then null else " + value + " end)";
    const bool may_be_long =
        type == ColumnType::text &&
        (field->type == FieldType::own || field->max_length > most_sorted_characters);
    return may_be_long ? beginning_of(value) : value;
}

std::string ListColumn::sql_type() const {
    switch (type) {
    case ColumnType::text: return "text";
    case ColumnType::uuid: return "uuid";
    case ColumnType::time: return "timestamptz";
    case ColumnType::integer: return "bigint";
    case ColumnType::number: return "numeric";
    case ColumnType::date: return "date";
    case ColumnType::list: return "text[]";
    case ColumnType::object:
    case ColumnType::member: return "jsonb";
    }
    return {};
}

std::string ListColumn::sql_definition() const {
    if (type == ColumnType::list) return R"(text[] collate "C" not null default '{}')";
    if (type == ColumnType::object) return "jsonb not null default '{}'";
    return sql_type() + (type == ColumnType::text ? R"( collate "C")" : "") +
           (is_nullable() ? "" : " not null");
}

std::string ListColumn::sql_text() const {
    if (type == ColumnType::time)
        return "to_char(" + sql_name() + R"( at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))";
    return type == ColumnType::text ? sql_name() : sql_name() + "::text";
}

ListColumn column_of(const Field& field) { return {field.name, column_type(field.type), &field}; }

std::vector<ListColumn> list_columns(const Kind& kind) {
    std::vector<ListColumn> columns{{"id", ColumnType::uuid},
                                    {"version", ColumnType::integer},
                                    {"created_at", ColumnType::time},
                                    {"updated_at", ColumnType::time}};
    for (const Field& field : kind.fields) columns.push_back(column_of(field));
    return columns;
}

std::optional<ListColumn> list_column(const Kind& kind, std::string_view name) {
    const auto dot = name.find('.');
    for (ListColumn& column : list_columns(kind)) {
        if (column.name == name) return std::move(column);
        if (dot == std::string_view::npos || column.type != ColumnType::object ||
            column.name != name.substr(0, dot) || dot + 1 == name.size())
            continue;
        return ListColumn{std::string(name), ColumnType::member, column.field,
                          std::string(name.substr(dot + 1))};
    }
    return std::nullopt;
}

std::string list_table(const Kind& kind) { return "list_" + kind.name; }

bool compares_as_text(FieldType type) { return column_type(type) == ColumnType::text; }

std::string compared_form(FieldType type, std::string_view written, std::string_view region) {
    if (type == FieldType::email) return normal_email(written);
    if (type == FieldType::phone) return normal_phone(written, region);
    return case_folded(written);
}

Json compared_metadata(const Json& value) {
    if (const auto* text = value.string()) return case_folded(*text);
    if (const auto* items = value.array()) {
        JsonArray folded;
        for (const Json& item : *items) folded.push_back(compared_metadata(item));
        return folded;
    }
    if (const auto* members = value.object()) {
        JsonObject folded;
        for (const auto& [name, member] : *members) folded.append(name, compared_metadata(member));
        return folded;
    }
    return value;
}

} // namespace throughline
