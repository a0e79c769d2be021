#include "handlers/import/csv_reader.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace throughline {

namespace {

constexpr std::string_view delimiters = ",;\t";
constexpr std::size_t detection_limit = 64U << 10;

bool is_blank(const CsvRow& row) {
    return row.fault == CsvRow::Fault::none &&
           std::ranges::all_of(row.cells, [](const std::string& cell) {
               return cell.find_first_not_of(" \t") == std::string::npos;
           });
}

/// The delimiter that a "sep=;" line names: one that cannot be taken for text, quotes or lines.
std::optional<char> named_delimiter(std::string_view line) {
    constexpr std::string_view mark = "sep=";
    if (!line.starts_with(mark) || line.size() == mark.size()) return std::nullopt;
    const char named = line[mark.size()];
    const bool is_sign = named == '\t' || (named > ' ' && named <= '~' && named != '"');
    const bool is_word = (named >= '0' && named <= '9') || (named >= 'A' && named <= 'Z') ||
                         (named >= 'a' && named <= 'z');
    return is_sign && !is_word ? std::optional(named) : std::nullopt;
}

/// Counts outside quotes in the first line that holds more than delimiters.
char detect_delimiter(TextFile file) {
    std::array<std::size_t, delimiters.size()> counts{};
    std::string text;
    bool quoted = false;
    bool content = false;
    for (std::size_t i = 0; i < detection_limit; ++i) {
        const int c = file.get();
        if (c < 0) break;
        const char letter = static_cast<char>(c);
        text += letter;
        if (letter == '"') {
            quoted = !quoted;
        } else if (quoted) {
            content = true;
        } else if (letter == '\r' || letter == '\n') {
            if (content) break;
            counts.fill(0);
            text.clear();
        } else if (const auto at = delimiters.find(letter); at != std::string_view::npos) {
            ++counts[at];
        } else if (letter != ' ') {
            content = true;
        }
    }
    if (const auto named = named_delimiter(text)) return *named;
    return delimiters[static_cast<std::size_t>(std::ranges::max_element(counts) - counts.begin())];
}

} // namespace

CsvReader::CsvReader(const std::filesystem::path& file)
    : delimiter_(detect_delimiter(TextFile(file))), file_(file) {}

std::optional<CsvRow> CsvReader::next() {
    CsvRow row;
    while (read(row)) {
        const bool separator_line = row.line == 1 && row.cells.front() == "sep=";
        if (!separator_line && !is_blank(row)) return row;
    }
    return std::nullopt;
}

bool CsvReader::read(CsvRow& row) {
    row = {};
    row.line = line_;
    row_bytes_ = 0;
    if (file_.peek() < 0) return false;
    int end = delimiter_;
    while (end == delimiter_) {
        std::string cell;
        end = read_cell(row, cell);
        if (row.cells.size() < max_import_columns)
            row.cells.push_back(std::move(cell));
        else
            row.fault = CsvRow::Fault::too_long;
    }
    return true;
}

/// Returns what ended the cell: the delimiter, an end of line, or -1 at the end of the file.
int CsvReader::read_cell(CsvRow& row, std::string& cell) {
    int c = file_.get();
    if (c == '"') c = read_quoted(row, cell);
    for (; c >= 0 && c != delimiter_; c = file_.get()) {
        if (c == '\r' || c == '\n') {
            end_line(c);
            return c;
        }
        append(row, cell, c);
    }
    return c;
}

/// Returns the character after the closing quote.
int CsvReader::read_quoted(CsvRow& row, std::string& cell) {
    for (int c = file_.get(); c >= 0; c = file_.get()) {
        if (c == '"') {
            c = file_.get();
            if (c != '"') return c;
            append(row, cell, '"');
            continue;
        }
        append(row, cell, c);
        if (c == '\r' || c == '\n') {
            if (c == '\r' && file_.peek() == '\n') append(row, cell, '\n');
            end_line(c);
        }
    }
    if (row.fault == CsvRow::Fault::none) row.fault = CsvRow::Fault::unterminated_quote;
    return -1;
}

void CsvReader::end_line(int c) {
    if (c == '\r' && file_.peek() == '\n') file_.get();
    ++line_;
}

void CsvReader::append(CsvRow& row, std::string& cell, int c) {
    if (++row_bytes_ <= max_import_row_bytes)
        cell += static_cast<char>(c);
    else
        row.fault = CsvRow::Fault::too_long;
}

} // namespace throughline
