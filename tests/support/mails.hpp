#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace throughline {

/// The texts of the mails to an address that a server has written, the oldest first.
[[nodiscard]] std::vector<std::string> mails_to(const std::filesystem::path& data_folder,
                                                const std::string& address);
/// The token of the one link in a text or an address.
[[nodiscard]] std::string token_in(const std::string& text);

} // namespace throughline
