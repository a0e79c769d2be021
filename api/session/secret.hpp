#pragma once
#include "handlers/secrets/key_ring.hpp"

#include <filesystem>
#include <string>

namespace throughline {

/// What tokens are signed with: JWT_SECRET where it is `given`, else a random one that is made at
/// the first call and kept in `<data_dir>/jwt_secret`, readable by its owner alone. Throws
/// std::runtime_error naming the variable or file where the secret is too short (under 32 bytes).
[[nodiscard]] std::string jwt_secret(const std::string& given,
                                     const std::filesystem::path& data_dir);

/// What secrets are sealed with: SECRET_KEYS where it is `given`, else one random key, made and
/// kept likewise in `<data_dir>/secret_keys`. Throws std::runtime_error naming the variable or
/// file.
[[nodiscard]] KeyRing key_ring(const std::string& given, const std::filesystem::path& data_dir);

} // namespace throughline
