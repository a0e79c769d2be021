#pragma once
#include "domain/record/kind.hpp"

#include <iosfwd>
#include <string>

namespace throughline {

/// `throughline migrate`: the schema, the tables of the read models, and where those begin that act
/// on events and do not look back. Safe to repeat, to run from several processes at the same time
/// and while servers run: a table that is read is altered only where it must be, which holds others
/// up for a second at most; while an index is built, its read model stands still. Blocks; throws
/// where it failed.
void run_migrate(const std::string& database_url, const Registry& registry, std::ostream& out);

} // namespace throughline
