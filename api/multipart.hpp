#pragma once
#include "domain/result.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace throughline {

/// A multipart/form-data body (RFC 7578) taken apart.
struct Multipart {
    struct File {
        std::filesystem::path path; // the caller's from now on
        std::string hash;           // SHA-256, hex
        std::string file_name;      // as the client calls it; only its ending is of use
        std::string media_type;     // lower case, without parameters
    };
    std::optional<File> file; // of the part named "file"
    std::vector<std::pair<std::string, std::string>> fields;
};

/// Takes a spooled body apart, in pieces; the part `file` is spooled to `folder`. Refuses (400)
/// what is no multipart, other parts of more than 64 KiB together, and such that are not UTF-8.
[[nodiscard]] Result<Multipart> read_multipart(const std::filesystem::path& body,
                                               std::string_view content_type,
                                               const std::filesystem::path& folder);

} // namespace throughline
