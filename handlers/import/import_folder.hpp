#pragma once
#include "handlers/import/import_jobs.hpp"

#include <filesystem>
#include <vector>

namespace throughline {

/// Where the files of imports lie: `<data folder>/imports/<id>`, whose id no other data folder has,
/// so that only a host with this data folder has the folder, under whatever path. Where there is
/// none yet a new one is named; whoever writes there makes it.
[[nodiscard]] std::filesystem::path import_folder(const std::filesystem::path& data_folder);

/// What is in a folder and in those in it, but for what cannot be read.
[[nodiscard]] std::vector<std::filesystem::directory_entry>
entries_below(const std::filesystem::path& folder);

/// Removes what a process left behind when it died: files of imports that are finished, and of more
/// than a day ago those that no import has.
void sweep_imports(ImportJobs& jobs, const std::filesystem::path& data_folder);

} // namespace throughline
