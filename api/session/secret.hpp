#pragma once
#include <filesystem>
#include <string>

namespace throughline {

/// What tokens are signed with: JWT_SECRET where it is `given`, else a random one that is made at
/// the first call and kept in `<data_dir>/jwt_secret`, readable by its owner alone. Throws
/// std::runtime_error naming the variable or file where the secret is too short (under 32 bytes).
[[nodiscard]] std::string jwt_secret(const std::string& given,
                                     const std::filesystem::path& data_dir);

} // namespace throughline
