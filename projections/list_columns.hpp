#pragma once
#include "domain/json.hpp"
#include "domain/record/kind.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

enum class ColumnType { text, uuid, time, integer, number, date, list, object, member };

/// A column of a list table that filters and sorts name.
struct ListColumn {
    std::string name;
    ColumnType type = ColumnType::text;
    const Field* field = nullptr; // of the kind; none for id, version, created_at, updated_at

    std::string key = {}; // of a member of metadata

    [[nodiscard]] bool is_nullable() const { return field != nullptr; }
    [[nodiscard]] bool is_scalar() const {
        return type != ColumnType::list && type != ColumnType::object;
    }
    [[nodiscard]] bool has_index() const;
    [[nodiscard]] std::string sql_name() const;
    /// What one sorts by, so short that a cursor may hold it: of a text that may be long its
    /// beginning, and of a member of metadata nothing where it is a list or an object.
    [[nodiscard]] std::string sql_order() const;
    [[nodiscard]] std::string sql_type() const;       // "uuid"
    [[nodiscard]] std::string sql_definition() const; // the type with collation and default
    /// An SQL expression: the value as the API writes it, where that is one text.
    [[nodiscard]] std::string sql_text() const;
};

[[nodiscard]] ListColumn column_of(const Field& field);
/// id, version, created_at, updated_at, then the declared fields.
[[nodiscard]] std::vector<ListColumn> list_columns(const Kind& kind);
/// Also `metadata.key`. Nothing where the kind has no such field.
[[nodiscard]] std::optional<ListColumn> list_column(const Kind& kind, std::string_view name);

[[nodiscard]] std::string list_table(const Kind& kind);

/// Whether it is a text for people, which compares without case.
[[nodiscard]] bool compares_as_text(FieldType type);
/// The form in which a value of a text field compares. `region` is the tenant's, for numbers
/// without a country code.
[[nodiscard]] std::string compared_form(FieldType type, std::string_view written,
                                        std::string_view region = {});
/// The form in which metadata compares: its texts case folded.
[[nodiscard]] Json compared_metadata(const Json& value);

} // namespace throughline
