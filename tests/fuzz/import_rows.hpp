#pragma once
#include "handlers/import/source.hpp"

#include <filesystem>
#include <string_view>

namespace throughline::fuzz {

/// A file in memory that readers open by its path, good until the next one is made.
[[nodiscard]] std::filesystem::path memory_file(std::string_view bytes);

/// Reads a file to import as the importer does, twice: its rows are the same each time, stand in
/// order, and are bodies or faults of the contract.
void check_import(const Kind& kind, ImportFormat format, std::string_view bytes,
                  const ColumnMapping& mapping = {});

} // namespace throughline::fuzz
