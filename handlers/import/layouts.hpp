#pragma once
#include "handlers/import/row.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace throughline {

/// What the user says about columns: a field's name, "metadata.<key>", a part of the name
/// ("first_name"), "id" for the record's, or nothing for a column to be left out. Overrides the
/// layout.
using ColumnMapping = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// A column and where its cells go, in the order in which they are to be added to a row.
struct BoundColumn {
    std::size_t column = 0;
    Destination destination;
};

struct BoundLayout {
    std::string name; // google, outlook, hubspot, salesforce, throughline or custom
    std::vector<BoundColumn> columns;
    std::vector<std::string> unmapped_columns;
};

/// Recognises whose export this is by its headers (without case) and binds each column to a place
/// in records of the kind. Headers that equal field names or labels bind in every layout; "id" in
/// our own and in a table that nobody is known to have written, unless the first of its cells (of
/// each column one that is not blank, if there is one at hand) shows that it is another program's.
[[nodiscard]] BoundLayout bind_columns(const Kind& kind, const std::vector<std::string>& headers,
                                       const ColumnMapping& mapping,
                                       const std::vector<std::string>& first_cells = {});

/// What is wrong with a mapping for records of the kind: fields that they do not have.
[[nodiscard]] std::vector<FieldError> check_mapping(const Kind& kind,
                                                    const std::vector<std::string>& headers,
                                                    const ColumnMapping& mapping);

/// One header that a program writes. `#` stands for a number, in the key too: 1 leaves it out.
struct LayoutColumn {
    std::string_view header; // lower case
    ColumnTarget target = ColumnTarget::field;
    std::string_view key = {};
    std::string_view kind = {}; // for this kind alone
};

/// The layout of our own exports, whose headers are the fields.
inline constexpr std::string_view own_layout = "throughline";

/// A program whose exports are known. It is recognised where all headers of any signature stand.
struct Layout {
    std::string_view name;
    std::vector<std::vector<std::string_view>> signatures;
    std::vector<LayoutColumn> columns;
};
[[nodiscard]] const std::vector<Layout>& known_layouts();
/// What people call things in tables of their own.
[[nodiscard]] const std::vector<LayoutColumn>& common_columns();

} // namespace throughline
