#pragma once
#include "handlers/erasure/quotes.hpp"

#include <cstdint>
#include <filesystem>

namespace throughline {

/// Mails that stay on disk (see mail_folder.hpp) and quote the person.
[[nodiscard]] std::int64_t count_mails(const std::filesystem::path& folder, const Quotes& quotes);
/// Removes them. How many.
std::int64_t remove_mails(const std::filesystem::path& folder, const Quotes& quotes);

} // namespace throughline
