#pragma once
#include "handlers/import/text_encoding.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

inline constexpr std::size_t max_import_row_bytes = 1U << 20;
inline constexpr std::size_t max_import_columns = 4096;

struct CsvRow {
    enum class Fault { none, too_long, unterminated_quote };
    std::int64_t line = 0; // physical, from 1, where the row begins
    std::vector<std::string> cells;
    Fault fault = Fault::none; // else the cells are incomplete
};

/// CSV (RFC 4180) with what programs make of it: comma, semicolon or tab, told from the first row
/// or its "sep=;"; rows that end in CRLF, LF or a lone CR; text beside quotes is taken as it is.
/// Rows without any content are skipped. One row is held at a time.
class CsvReader {
  public:
    explicit CsvReader(const std::filesystem::path& file);

    [[nodiscard]] std::optional<CsvRow> next();
    [[nodiscard]] char delimiter() const { return delimiter_; }

  private:
    bool read(CsvRow& row);
    int read_cell(CsvRow& row, std::string& cell);
    int read_quoted(CsvRow& row, std::string& cell);
    void end_line(int c);
    void append(CsvRow& row, std::string& cell, int c);

    char delimiter_;
    TextFile file_;
    std::int64_t line_ = 1;
    std::size_t row_bytes_ = 0;
};

} // namespace throughline
