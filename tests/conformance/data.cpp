#include "tests/conformance/data.hpp"
#include "tests/support/skip.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace throughline {

namespace fs = std::filesystem;

fs::path conformance_folder() {
    const char* const folder = std::getenv("THROUGHLINE_CONFORMANCE");
    return folder != nullptr ? folder : "../shared/conformance";
}

Json read_json_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return parse_json(std::string{std::istreambuf_iterator<char>(in), {}});
}

std::optional<Json> conformance_file(const fs::path& file) {
    const fs::path path = conformance_folder() / file;
    if (fs::exists(path)) return read_json_file(path);
    note_skip("there is no " + path.string());
    return std::nullopt;
}

std::vector<fs::path> conformance_files(const fs::path& folder, const std::string& ending) {
    std::vector<fs::path> found;
    if (!fs::exists(conformance_folder() / folder)) return found;
    for (const auto& entry : fs::recursive_directory_iterator(conformance_folder() / folder))
        if (entry.path().extension() == ending) found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
}

} // namespace throughline
