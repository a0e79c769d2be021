#include "handlers/export/csv_writer.hpp"

namespace throughline {

std::string csv_row(const std::vector<std::string>& cells) {
    std::string out;
    for (const std::string& cell : cells) {
        if (&cell != &cells.front()) out += ',';
        const bool alone = cells.size() == 1 && cell.empty(); // else the row would be blank
        if (!alone && cell.find_first_of("\",\r\n") == std::string::npos &&
            !cell.starts_with(' ')) {
            out += cell;
            continue;
        }
        out += '"';
        for (const char c : cell) out += c == '"' ? std::string("\"\"") : std::string(1, c);
        out += '"';
    }
    return out + "\r\n";
}

} // namespace throughline
