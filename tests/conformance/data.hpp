#pragma once
#include "domain/json.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace throughline {

/// The folder of public test data: THROUGHLINE_CONFORMANCE, else ../shared/conformance.
[[nodiscard]] std::filesystem::path conformance_folder();
[[nodiscard]] Json read_json_file(const std::filesystem::path& file);
/// A file of it; nothing, and a line that says so, where it is absent.
[[nodiscard]] std::optional<Json> conformance_file(const std::filesystem::path& file);
/// All files of this ending below a folder of it, in order.
[[nodiscard]] std::vector<std::filesystem::path>
conformance_files(const std::filesystem::path& folder, const std::string& ending);

} // namespace throughline
