#include "handlers/erasure/kept_mails.hpp"

#include "domain/text.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace throughline {
namespace {

namespace fs = std::filesystem;

bool names_one(const fs::path& file, const std::vector<std::string>& addresses) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    const std::string folded = case_folded(text.str());
    return std::ranges::any_of(addresses, [&](const std::string& address) {
        return folded.find(case_folded(address)) != std::string::npos;
    });
}

std::vector<fs::path> mails_of(const fs::path& folder, const std::vector<std::string>& addresses) {
    std::vector<fs::path> found;
    std::error_code absent;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, absent))
        if (entry.is_regular_file() && names_one(entry.path(), addresses))
            found.push_back(entry.path());
    return found;
}

} // namespace

std::int64_t count_mails(const fs::path& folder, const std::vector<std::string>& addresses) {
    return std::ssize(mails_of(folder, addresses));
}

std::int64_t remove_mails(const fs::path& folder, const std::vector<std::string>& addresses) {
    std::int64_t removed = 0;
    for (const fs::path& file : mails_of(folder, addresses)) removed += fs::remove(file) ? 1 : 0;
    return removed;
}

} // namespace throughline
