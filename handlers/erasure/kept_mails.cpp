#include "handlers/erasure/kept_mails.hpp"

#include "handlers/mail_message.hpp"

#include <fstream>
#include <sstream>
#include <vector>

namespace throughline {
namespace {

namespace fs = std::filesystem;

std::string text_of_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<fs::path> mails_of(const fs::path& folder, const Quotes& quotes) {
    std::vector<fs::path> found;
    std::error_code absent;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, absent))
        if (entry.is_regular_file() && quotes.are_in(decoded_text(text_of_file(entry.path()))))
            found.push_back(entry.path());
    return found;
}

} // namespace

std::int64_t count_mails(const fs::path& folder, const Quotes& quotes) {
    return std::ssize(mails_of(folder, quotes));
}

std::int64_t remove_mails(const fs::path& folder, const Quotes& quotes) {
    std::int64_t removed = 0;
    for (const fs::path& file : mails_of(folder, quotes)) removed += fs::remove(file) ? 1 : 0;
    return removed;
}

} // namespace throughline
