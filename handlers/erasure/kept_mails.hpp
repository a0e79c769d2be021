#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace throughline {

/// Mails that stay on disk (see mail_folder.hpp) and name one of the addresses, without case.
[[nodiscard]] std::int64_t count_mails(const std::filesystem::path& folder,
                                       const std::vector<std::string>& addresses);
/// Removes them. How many.
std::int64_t remove_mails(const std::filesystem::path& folder,
                          const std::vector<std::string>& addresses);

} // namespace throughline
