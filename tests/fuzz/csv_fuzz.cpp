#include "domain/text.hpp"
#include "handlers/export/csv_writer.hpp"
#include "handlers/import/csv_reader.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/import_rows.hpp"

#include <algorithm>

namespace throughline::fuzz {
namespace {

ColumnMapping read_mapping(std::string_view text) {
    ColumnMapping mapping;
    const auto read = read_json(text);
    const Json* const json = std::get_if<Json>(&read);
    if (json == nullptr || json->object() == nullptr) return mapping;
    for (const auto& [column, field] : *json->object())
        mapping.emplace_back(column, field.string() == nullptr ? std::nullopt
                                                               : std::optional(*field.string()));
    return mapping;
}

/// What the reader makes of a file, the writer writes and the reader reads again.
void check_cells(std::string_view bytes) {
    std::vector<std::vector<std::string>> rows;
    std::string written = csv_row({"a", "b", "c"});
    for (CsvReader reader(memory_file(bytes)); auto row = reader.next();) {
        demand(row->cells.size() <= max_import_columns, "a row has at most 4096 cells");
        if (row->fault != CsvRow::Fault::none || !std::ranges::all_of(row->cells, is_valid_utf8))
            continue;
        written += csv_row(row->cells);
        rows.push_back(std::move(row->cells));
    }
    CsvReader reader(memory_file(written));
    (void)reader.next();
    for (const auto& cells : rows) {
        const auto row = reader.next();
        demand(row && row->fault == CsvRow::Fault::none && row->cells == cells,
               "written cells are read as they were");
    }
    demand(!reader.next(), "written rows are all there is");
}

/// The first byte: the kind. A line: the mapping as JSON, or nothing. Then the file.
void run(std::string_view input) {
    static const Registry registry = standard_registry();
    Input from(input);
    const Kind& kind = registry.kinds().at(from.choice(registry.kinds().size()));
    const ColumnMapping mapping = read_mapping(from.line().value_or(""));
    check_import(kind, ImportFormat::csv, from.rest(), mapping);
    check_cells(from.rest());
}

const Target target("csv", run);

} // namespace
} // namespace throughline::fuzz
