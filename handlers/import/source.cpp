#include "handlers/import/source.hpp"

#include "domain/text.hpp"
#include "handlers/import/csv_reader.hpp"
#include "handlers/import/ndjson_reader.hpp"
#include "handlers/import/vcard_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace throughline {

namespace {

constexpr std::size_t max_weight = 8U << 20; // of rows that are read at once
constexpr int rows_to_know_by = 20;          // whose columns those of a table are

struct FormatName {
    ImportFormat format;
    std::string_view name;
};
constexpr std::array format_names{FormatName{ImportFormat::csv, "csv"},
                                  FormatName{ImportFormat::vcard, "vcard"},
                                  FormatName{ImportFormat::ndjson, "ndjson"}};

class CsvRows : public ImportRows {
  public:
    CsvRows(const Kind& kind, CsvReader reader, std::size_t width, std::vector<BoundColumn> columns)
        : kind_(kind), reader_(std::move(reader)), width_(width), columns_(std::move(columns)) {}

    std::optional<ImportRow> next() override {
        const auto row = reader_.next();
        if (!row) return std::nullopt;
        RowBuilder builder(kind_);
        if (row->fault == CsvRow::Fault::unterminated_quote)
            builder.fail("", "invalid_format", "A quote that begins in this row does not end.");
        else if (row->fault == CsvRow::Fault::too_long)
            builder.fail("", "too_large", "The row is longer than 1 MiB.");
        else if (has_surplus(*row))
            builder.fail("", "invalid_format",
                         fmt::format("The row has more cells than the header's {}.", width_));
        else
            for (const BoundColumn& bound : columns_)
                if (bound.column < row->cells.size())
                    builder.add(bound.destination, row->cells[bound.column]);
        return std::move(builder).take(row->line);
    }

  private:
    [[nodiscard]] bool has_surplus(const CsvRow& row) const {
        for (std::size_t i = width_; i < row.cells.size(); ++i)
            if (!trimmed(row.cells[i]).empty()) return true;
        return false;
    }

    const Kind& kind_;
    CsvReader reader_;
    std::size_t width_;
    std::vector<BoundColumn> columns_;
};

class VCardRows : public ImportRows {
  public:
    VCardRows(const Kind& kind, const std::filesystem::path& file) : kind_(kind), reader_(file) {}

    std::optional<ImportRow> next() override {
        const auto card = reader_.next();
        return card ? std::optional(contact_of(kind_, *card)) : std::nullopt;
    }

  private:
    const Kind& kind_;
    VCardReader reader_;
};

class NdjsonRows : public ImportRows {
  public:
    explicit NdjsonRows(const std::filesystem::path& file) : reader_(file) {}

    std::optional<ImportRow> next() override {
        auto line = reader_.next();
        if (!line) return std::nullopt;
        ImportRow row{line->line, std::move(line->object), false, {}, {}};
        if (line->fault)
            row.errors.push_back({line->fault->pointer, line->fault->code, line->fault->detail});
        if (const Json* const id = row.body.find("id"); id != nullptr && id->string() != nullptr)
            row.id = parse_uuid(*id->string());
        for (const std::string_view ours : {"id", "version", "created_at", "updated_at"})
            row.body.erase(ours);
        return row;
    }

  private:
    NdjsonReader reader_;
};

Rejection refused(std::string detail) {
    return {Refusal::invalid, detail, {{"/file", "invalid_format", detail}}};
}

/// Of each column the first cell that is not blank, among the first rows below the header.
std::vector<std::string> first_cells_of(const std::filesystem::path& file) {
    CsvReader reader(file);
    std::vector<std::string> cells;
    if (!reader.next()) return cells;
    for (int rows = 0; rows < rows_to_know_by; ++rows) {
        auto row = reader.next();
        if (!row) break;
        cells.resize(std::max(cells.size(), row->cells.size()));
        for (std::size_t i = 0; i < row->cells.size(); ++i)
            if (trimmed(cells[i]).empty()) cells[i] = std::move(row->cells[i]);
    }
    return cells;
}

/// An id alone says nothing of a record.
bool says_something(const BoundLayout& layout) {
    return std::ranges::any_of(layout.columns, [](const BoundColumn& bound) {
        return bound.destination.target != ColumnTarget::id;
    });
}

Result<OpenedImport> open_csv(const Kind& kind, const std::filesystem::path& file,
                              const ColumnMapping& mapping) {
    CsvReader reader(file);
    auto header = reader.next();
    if (!header) return refused("The file is empty: it has no header row.");
    for (std::string& cell : header->cells) // of a table that is UTF-8 but for a few bytes
        if (!is_valid_utf8(cell)) cell = utf8_of_windows1252(cell);
    if (header->fault != CsvRow::Fault::none || !std::ranges::all_of(header->cells, is_valid_utf8))
        return refused("The header row cannot be read.");
    while (header->cells.size() > 1 && trimmed(header->cells.back()).empty())
        header->cells.pop_back();
    if (auto errors = check_mapping(kind, header->cells, mapping); !errors.empty())
        return invalid(std::move(errors));
    BoundLayout layout = bind_columns(kind, header->cells, mapping, first_cells_of(file));
    if (!says_something(layout))
        return refused(
            fmt::format("No header of the first row says anything about a {}.", kind.name));
    return OpenedImport{std::make_unique<CsvRows>(kind, std::move(reader), header->cells.size(),
                                                  std::move(layout.columns)),
                        layout.name, std::move(layout.unmapped_columns), layout.name != "custom"};
}

} // namespace

std::string_view name_of(ImportFormat format) {
    return std::ranges::find(format_names, format, &FormatName::format)->name;
}

std::optional<ImportFormat> import_format(std::string_view name) {
    const auto found = std::ranges::find(format_names, name, &FormatName::name);
    return found == format_names.end() ? std::nullopt : std::optional(found->format);
}

std::vector<ImportRow> next_rows(ImportRows& file, std::size_t count) {
    std::vector<ImportRow> rows;
    for (std::size_t weight = 0; rows.size() < count && weight < max_weight;) {
        auto row = file.next();
        if (!row) break;
        weight += weight_of(row->body);
        rows.push_back(std::move(*row));
    }
    return rows;
}

Result<OpenedImport> open_import(const Kind& kind, ImportFormat format,
                                 const std::filesystem::path& file, const ColumnMapping& mapping) {
    if (format == ImportFormat::csv) return open_csv(kind, file, mapping);
    if (format == ImportFormat::ndjson) {
        if (!NdjsonReader(file).next()) return refused("The file is empty: it has no line.");
        return OpenedImport{std::make_unique<NdjsonRows>(file), {}, {}, true};
    }
    if (kind.name != "contact" && kind.name != "lead")
        return refused("A vCard file holds contacts or leads.");
    if (!VCardReader(file).next()) return refused("The file holds no vCard.");
    return OpenedImport{std::make_unique<VCardRows>(kind, file), {}, {}, false};
}

} // namespace throughline
