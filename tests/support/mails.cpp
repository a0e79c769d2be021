#include "tests/support/mails.hpp"

#include "tests/support/child_process.hpp"

#include <sodium.h>

#include <algorithm>

namespace throughline {

namespace {

namespace fs = std::filesystem;

std::string decoded(const std::string& base64) {
    std::vector<unsigned char> out(base64.size());
    std::size_t size = 0;
    if (sodium_base642bin(out.data(), out.size(), base64.data(), base64.size(), "\r\n", &size,
                          nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
        return "this is no base64";
    return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

} // namespace

std::vector<std::string> mails_to(const fs::path& data_folder, const std::string& address) {
    std::vector<fs::path> files;
    if (fs::exists(data_folder / "mail"))
        for (const auto& entry : fs::recursive_directory_iterator(data_folder / "mail"))
            if (entry.path().extension() == ".eml") files.push_back(entry.path());
    std::ranges::sort(files, {}, [](const fs::path& file) {
        return file.filename(); // an id, in the order of time
    });
    std::vector<std::string> texts;
    for (const fs::path& file : files) {
        const std::string message = text_of_file(file);
        if (message.find("\r\nTo: <" + address + ">\r\n") == std::string::npos) continue;
        texts.push_back(decoded(message.substr(message.find("\r\n\r\n") + 4)));
    }
    return texts;
}

std::string token_in(const std::string& text) {
    const auto begin = text.find("token=") + 6;
    const auto is_other = [](char c) { return std::isalnum(c) == 0 && c != '-' && c != '_'; };
    return {text.begin() + static_cast<std::ptrdiff_t>(begin),
            std::find_if(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), is_other)};
}

} // namespace throughline
