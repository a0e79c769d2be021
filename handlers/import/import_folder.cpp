#include "handlers/import/import_folder.hpp"

#include "bus/ids.hpp"

#include <chrono>

namespace throughline {

namespace {

std::optional<Uuid> id_of(const std::filesystem::path& file) {
    return parse_uuid(file.filename().string());
}

} // namespace

std::filesystem::path import_folder(const std::filesystem::path& data_folder) {
    std::optional<Uuid> first;
    std::error_code gone;
    for (const auto& entry : std::filesystem::directory_iterator(data_folder / "imports", gone))
        if (const auto id = id_of(entry.path());
            id && entry.is_directory(gone) && (!first || *id < *first))
            first = id;
    return data_folder / "imports" / to_string(first ? *first : new_id());
}

std::vector<std::filesystem::directory_entry> entries_below(const std::filesystem::path& folder) {
    using Walk = std::filesystem::recursive_directory_iterator;
    std::vector<std::filesystem::directory_entry> entries;
    std::error_code unreadable;
    Walk at(folder, std::filesystem::directory_options::skip_permission_denied, unreadable);
    for (; at != Walk(); at.increment(unreadable)) entries.push_back(*at);
    return entries;
}

void sweep_imports(ImportJobs& jobs, const std::filesystem::path& data_folder) {
    const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(24);
    std::error_code gone;
    std::vector<std::filesystem::directory_entry> files;
    std::vector<Uuid> ids;
    for (const auto& entry : entries_below(data_folder / "imports"))
        if (const auto id = id_of(entry.path()); id && entry.is_regular_file(gone)) {
            files.push_back(entry);
            ids.push_back(*id);
        }
    const auto known = jobs.are_finished(ids);
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto job = known.find(ids[i]);
        if (job == known.end() ? files[i].last_write_time(gone) < long_ago : job->second)
            std::filesystem::remove(files[i].path(), gone);
    }
}

} // namespace throughline
