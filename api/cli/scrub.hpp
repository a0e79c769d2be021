#pragma once
#include <iosfwd>
#include <string>

namespace throughline {

/// `throughline scrub`: writes the tables anew from which erased data was freed, so that none of it
/// is left in their pages, and begins a new WAL file. Each table is locked while that lasts.
[[nodiscard]] int run_scrub(const std::string& database_url, std::ostream& out);

} // namespace throughline
