#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// One row of CSV (RFC 4180) with its CRLF. Cells are written exactly: text that begins with `=`
/// stays so, because a row that is read back must be the row that was written.
[[nodiscard]] std::string csv_row(const std::vector<std::string>& cells);

} // namespace throughline
