#pragma once
#include "handlers/import/layouts.hpp"
#include "handlers/import/row.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

enum class ImportFormat { csv, vcard, ndjson };
[[nodiscard]] std::string_view name_of(ImportFormat format);
[[nodiscard]] std::optional<ImportFormat> import_format(std::string_view name);

/// The rows of a file one by one, in its order; the same each time the file is opened.
class ImportRows {
  public:
    virtual ~ImportRows() = default;
    [[nodiscard]] virtual std::optional<ImportRow> next() = 0;
};

/// The next rows, so many at most, and no more once their bodies take 8 MiB of memory. None at the
/// end.
[[nodiscard]] std::vector<ImportRow> next_rows(ImportRows& file, std::size_t count);

struct OpenedImport {
    std::unique_ptr<ImportRows> rows;
    std::string layout; // of CSV; else empty
    std::vector<std::string> unmapped_columns;
    bool forgets_unknown = false; // a link to what is not there does not refuse its row
};

/// Opens a file to import into a kind. Refuses (422) one without header, card or line, one whose
/// columns say nothing about the kind, and a mapping to fields it does not have.
[[nodiscard]] Result<OpenedImport> open_import(const Kind& kind, ImportFormat format,
                                               const std::filesystem::path& file,
                                               const ColumnMapping& mapping);

struct VCard;
/// What a card says about a contact.
[[nodiscard]] ImportRow contact_of(const Kind& kind, const VCard& card);

} // namespace throughline
